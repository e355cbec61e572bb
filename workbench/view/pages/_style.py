"""One quiet look for the HTML parts; colours come from the theme's variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["CARD", "CHOICES", "CONTRAST", "HTML", "MAIN", "ORDER", "THEME"]

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
                # At 400 % zoom all of the head has room in 320 pixels.
                "@media (max-width: 419px)": {
                    "& .MuiToolbar-root": {"paddingLeft": "8px", "paddingRight": "4px"},
                    "& .MuiIconButton-edgeStart": {"marginLeft": 0, "marginRight": "4px"},
                    "& .title": {"whiteSpace": "normal", "fontSize": "13px", "lineHeight": 1.15},
                },
                # The page's own busy bar has no name for screen readers; the form shows progress.
                "& .MuiLinearProgress-root": {"display": "none"},
            }
        }
    },
    # What keeps room under the bar would be a heading of the fifth level, with nothing in it.
    "MuiTypography": {"defaultProps": {"variantMapping": {"h5": "div"}}},
    "MuiToolbar": {"styleOverrides": {"root": {"minHeight": "56px !important"}}},
    # Where there is little room a choice takes two lines, so that it is read whole.
    "MuiSelect": {
        "styleOverrides": {
            "select": {"whiteSpace": "normal !important", "overflowWrap": "anywhere"}
        }
    },
    # The edge of a field is what says that it is one: 3 : 1 against the ground (WCAG 2.1, 1.4.11).
    "MuiOutlinedInput": {
        "styleOverrides": {
            "notchedOutline": {
                "borderColor": "color-mix(in srgb, var(--mui-palette-text-secondary) 72%, "
                "var(--mui-palette-background-paper))"
            }
        }
    },
}

#: For who asks their system for more contrast: text at least 7 : 1 (WCAG 2.1, 1.4.6), edges that
#: are seen. They take the place of the theme's own colours, in all parts that follow the theme.
CONTRAST = {
    "light": {
        "text-primary": "#000000", "text-secondary": "#1c1e21", "divider": "#1c1e21",
        "primary-main": "#003c8f", "error-main": "#8e0000", "background-default": "#ffffff",
    },
    "dark": {
        "text-primary": "#ffffff", "text-secondary": "#e6eaf0", "divider": "#e6eaf0",
        "primary-main": "#cfe8ff", "error-main": "#ffb4ab", "background-default": "#1a1e22",
    },
}  # fmt: skip


def _wishes(look: str) -> dict[str, Any]:
    """Return what holds for all parts of a theme when a system asks for it."""
    colours = {
        f"--mui-palette-{name}": f"{colour} !important" for name, colour in CONTRAST[look].items()
    }
    edges = {"borderColor": "currentColor"}
    calm = {"animationDuration": "0.01ms !important", "transitionDuration": "0.01ms !important",
            "animationIterationCount": "1 !important"}  # fmt: skip
    return {
        "MuiCssBaseline": {
            "styleOverrides": {
                "@media (prefers-contrast: more)": {
                    ":host": colours,
                    ".MuiButton-outlined, .MuiOutlinedInput-notchedOutline": edges,
                },
                "@media (forced-colors: active)": {
                    ".MuiButton-root, .MuiOutlinedInput-notchedOutline": {
                        "borderColor": "ButtonText"
                    },
                    ".MuiButton-contained": {"outline": "1px solid ButtonText"},
                },
                "@media (prefers-reduced-motion: reduce)": {"*, *::before, *::after": calm},
            }
        }
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
        "components": {**_SHAPE, **_wishes("light")},
    },
    "dark": {
        "palette": {
            "primary": {"main": "#90caf9"},
            "background": {"default": "#111417", "paper": "#1a1e22"},
            "text": {"primary": "#f1f3f4", "secondary": "#aab2ba"},
            "divider": "#343a40",
        },
        "typography": _TYPE,
        "components": {**_SHAPE, **_wishes("dark")},
    },
}
