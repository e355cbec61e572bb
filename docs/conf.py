"""How the documentation is built; nothing is executed but the listing of our own catalogs."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "Anomaly Workbench"
author = "The Anomaly Workbench team"
copyright = author  # noqa: A001 - Sphinx's name
version = release = installed("anomaly-workbench")

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "house",  # docs/_extensions/house.py: tables made from the catalogs
    "detector_pages",  # one page a detector, with its picture
]
exclude_patterns = ["_build", "jupyter_execute", "_static", "_extensions"]

# Pages are text and code that tests/docs runs; the build executes no notebook.
nb_execution_mode = "off"
smartquotes = False  # "--save" must stay as it is typed
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

napoleon_google_docstring = False
napoleon_use_ivar = True  # "Attributes" of a dataclass would be listed twice otherwise
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say the types, in words
add_module_names = False

html_theme = "furo"
html_title = "Anomaly Workbench"
html_static_path = ["_static"]
html_css_files = ["catalogue.css"]
html_js_files = ["catalogue.js"]
html_copy_source = False
html_show_sphinx = False
