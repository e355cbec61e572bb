"""Reports: a template notebook, executed by papermill in a kernel of its own, and put on paper."""
