"""Serve all components with samples: ``panel serve apps/gallery.py``; ``?state=few&theme=dark``."""

import panel as pn

from workbench.view.pages.gallery import gallery_page


def asked(name: str, usual: str) -> str:
    """Return a word of the address."""
    words = (pn.state.session_args or {}).get(name, [usual.encode()])
    return words[0].decode("utf-8", "replace")


gallery_page(asked("component", ""), asked("state", "many"), asked("theme", "light")).servable()
