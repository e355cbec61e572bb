"""One quiet look for the HTML parts; colours come from the theme's variables."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CARD", "CHOICES", "HTML", "MAIN", "ORDER", "THEME"]

_FOLDER = Path(__file__).with_name("styles")


def _read(name: str) -> str:
    return (_FOLDER / f"{name}.css").read_text(encoding="utf-8")


#: For panes of escaped HTML. `data-band` chips carry shape and word as well as colour.
HTML = _read("words")
#: A framed area of the page.
CARD = _read("card")
#: A title with choices at the right; on a phone the choices share the line below.
CHOICES = _read("choices")
#: Two columns on a desk, one on a phone.
MAIN = _read("main")
#: For the two columns: on a narrow screen they dissolve, and the reason follows the lanes.
ORDER = _read("order")

_TYPE = {
    "fontFamily": "Roboto, system-ui, sans-serif",
    "button": {"textTransform": "none", "fontWeight": 500},
}
_SHAPE = {
    "MuiAppBar": {
        "styleOverrides": {
            "root": {
                "boxShadow": "none",
                "backgroundImage": "none",
                "backgroundColor": "var(--mui-palette-background-paper)",
                "color": "var(--mui-palette-text-primary)",
                "borderBottom": "1px solid var(--mui-palette-divider)",
                "& .title": {
                    "color": "inherit !important",
                    "fontSize": "clamp(15px, 4.4vw, 18px)",
                    "fontWeight": 500,
                    "whiteSpace": "nowrap",
                },
                "& a": {"color": "inherit"},
                # The page's own busy bar has no name for screen readers; the form shows progress.
                "& .MuiLinearProgress-root": {"display": "none"},
            }
        }
    },
    "MuiToolbar": {"styleOverrides": {"root": {"minHeight": "56px !important"}}},
}

#: Passed to Material UI's createTheme for each of the two themes.
THEME = {
    "light": {
        "palette": {
            "primary": {"main": "#1565c0"},
            "background": {"default": "#f6f7f9", "paper": "#ffffff"},
            "text": {"primary": "#1c1e21", "secondary": "#5c6167"},
            "divider": "#dfe2e6",
        },
        "typography": _TYPE,
        "components": _SHAPE,
    },
    "dark": {
        "palette": {
            "primary": {"main": "#90caf9"},
            "background": {"default": "#111417", "paper": "#1a1e22"},
            "text": {"primary": "#f1f3f4", "secondary": "#aab2ba"},
            "divider": "#343a40",
        },
        "typography": _TYPE,
        "components": _SHAPE,
    },
}
