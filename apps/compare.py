"""Serve the Compare page with Panel: ``panel serve apps/compare.py``."""

from workbench.view.pages.compare import compare_page

compare_page().servable()
