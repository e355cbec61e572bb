"""Serve the Explore page with Panel: ``panel serve apps/explore.py``."""

from workbench.view.pages.explore import explore_page

explore_page().servable()
