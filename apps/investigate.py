"""Serve the Investigate page with Panel: ``panel serve apps/investigate.py``."""

from workbench.view.pages.investigate import investigate_page

investigate_page().servable()
