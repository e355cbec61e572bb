"""One quiet look for the HTML parts; colours come from the theme's variables."""

from __future__ import annotations

__all__ = ["CARD", "CHOICES", "HTML", "MAIN", "ORDER", "THEME"]

_FONT = "font-family: var(--mui-font-family, Roboto, system-ui, sans-serif);"

#: For panes of escaped HTML. `data-band` chips carry shape and word as well as colour.
HTML = (
    """
:host { --ink: var(--mui-palette-text-primary, #1c1e21); --soft: var(--mui-palette-text-secondary, #5c6167);
  --line: var(--mui-palette-divider, #dfe2e6); --accent: var(--mui-palette-primary-main, #1565c0);
  --wash: color-mix(in srgb, var(--ink) 5%, transparent); color: var(--ink); font-size: 14px; line-height: 1.5; """
    + _FONT
    + """ }
h2 { font-size: 15px; font-weight: 500; margin: 0; line-height: 1.4; }
h3 { font-size: 12px; font-weight: 500; margin: 14px 0 4px; color: var(--soft); }
p { margin: 0; } .soft { color: var(--soft); } small { font-size: 12px; color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 0; }
.tile { padding: 2px 20px; border-left: 1px solid var(--line); min-width: 0; }
.tile:first-child { border-left: 0; padding-left: 0; }
.tile dt { color: var(--soft); font-size: 12px; } .tile dd { margin: 0; }
.tile .big { font-size: 26px; font-weight: 500; line-height: 1.25; font-variant-numeric: tabular-nums; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.tile .more { font-size: 12px; color: var(--soft); }
dl { margin: 0; }
.chips { display: flex; gap: 4px 14px; flex-wrap: wrap; }
.chip { display: inline-flex; align-items: center; gap: 6px; font-size: 12px; font-weight: 500; white-space: nowrap; }
.chip i { font-style: normal; display: grid; place-items: center; width: 16px; height: 16px; border-radius: 3px; font-size: 9px; line-height: 1; }
[data-band=critical] i { background: #7a0177; color: #fff; } [data-band=high] i { background: #e6550d; color: #111; }
[data-band=medium] i { background: #fec44f; color: #111; } [data-band=low] i { background: #9ecae1; color: #111; }
:host(.dark) [data-band=critical] i { background: #ffffe5; color: #111; } :host(.dark) [data-band=high] i { background: #fec44f; color: #111; }
:host(.dark) [data-band=medium] i { background: #d95f0e; color: #111; } :host(.dark) [data-band=low] i { background: #4575b4; color: #fff; }
.title { display: flex; justify-content: space-between; align-items: center; gap: 8px; flex-wrap: wrap; margin-bottom: 6px; }
.parts { display: grid; gap: 10px; margin: 4px 0 0; padding: 0; list-style: none; }
.parts .top { display: flex; justify-content: space-between; gap: 8px; align-items: baseline; }
.parts .name { font-weight: 500; overflow-wrap: anywhere; } .parts .value { font-variant-numeric: tabular-nums; text-align: right; overflow-wrap: anywhere; }
.parts .bar { height: 6px; border-radius: 3px; background: var(--wash); margin: 3px 0 2px; overflow: hidden; }
.parts .bar b { display: block; height: 100%; border-radius: 3px; background: #6f9fc4; }
.parts .odd .bar b { background: #e6550d; }
.parts .under { display: flex; justify-content: space-between; gap: 8px; font-size: 12px; color: var(--soft); }
.sentence { font-size: 15px; line-height: 1.45; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12px; white-space: nowrap; }
th, td { padding: 5px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; max-width: 200px; overflow: hidden; text-overflow: ellipsis; }
th:first-child, td:first-child { padding-left: 0; } .num { text-align: right; }
tr.this td { font-weight: 500; }
ul.findings { list-style: none; margin: 0 0 12px; padding: 0; display: grid; gap: 6px; }
.findings li { display: grid; grid-template-columns: 84px 1fr; gap: 8px; overflow-wrap: anywhere; }
.findings .level { font-size: 12px; font-weight: 500; color: var(--soft); }
.findings .problem .level::before { content: "✕ "; } .findings .warning .level::before { content: "▲ "; } .findings .info .level::before { content: "○ "; }
.findings .problem .level { color: var(--mui-palette-error-main, #c62828); }
summary { cursor: pointer; font-weight: 500; font-size: 15px; } summary small { margin-left: 8px; font-weight: 400; }
summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
details[open] summary { margin-bottom: 12px; }
.state { padding: 28px 4px; max-width: 60ch; } .state h2 { font-size: 20px; margin-bottom: 6px; }
.state p { color: var(--soft); font-size: 15px; overflow-wrap: anywhere; }
.state .problem { color: var(--ink); padding: 10px 14px; border-left: 3px solid var(--mui-palette-error-main, #c62828); background: var(--wash); margin: 10px 0; }
.bones { display: grid; gap: 14px; } .bones div { border-radius: 8px; background: var(--wash); animation: breathe 1.6s ease-in-out infinite; }
@keyframes breathe { 50% { opacity: .45; } } @media (prefers-reduced-motion: reduce) { .bones div { animation: none; } }
@media (max-width: 599px) { .tiles { grid-template-columns: 1fr 1fr; row-gap: 12px; } .tile { padding: 0 0 0 12px; }
  .tile:nth-child(odd) { border-left: 0; padding-left: 0; } .tile .big { font-size: 22px; } .tile .word { font-size: 17px; line-height: 1.6; } .tile:last-child:nth-child(odd) { grid-column: 1 / -1; }
  .findings li { grid-template-columns: 1fr; gap: 0; } }
"""
)

#: A framed area of the page.
CARD = """
:host { border: 1px solid var(--mui-palette-divider, #dfe2e6); border-radius: 12px; padding: 16px; box-sizing: border-box;
  background: var(--mui-palette-background-paper, #fff); min-width: 0; width: 100%; max-width: 100%; }
@media (max-width: 599px) { :host { padding: 12px; border-radius: 10px; } }
"""

#: A title with choices at the right; on a phone the choices share the line below.
CHOICES = """
:host { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; }
:host > .name { flex: 1 1 auto !important; width: auto !important; }
@media (max-width: 599px) { :host > .name { flex-basis: 100% !important; }
  :host > :not(.name) { flex: 1 1 120px !important; width: auto !important; min-width: 0; } }
"""

#: Two columns on a desk, one on a phone.
MAIN = """
:host { display: grid !important; gap: 16px; padding: 20px; box-sizing: border-box; width: 100%; max-width: 1720px; margin: 0 auto !important;
  grid-template-columns: minmax(0, 1fr); align-items: start; align-content: start;
  grid-auto-rows: max-content; height: max-content !important; max-height: none !important; min-height: 0;
  flex: none !important; }
:host > * { min-width: 0; }
:host > .wide { grid-column: 1 / -1; } :host > .last { order: 9; }
@media (min-width: 1200px) { :host { grid-template-columns: minmax(0, 1fr) 372px; }
  :host > .left { grid-column: 1; } :host > .side { grid-column: 2; } }
@media (max-width: 599px) { :host { padding: 10px; gap: 10px; } }
"""

#: For the two columns: on a narrow screen they dissolve, and the reason follows the lanes.
ORDER = """
:host { gap: 16px; }
@media (max-width: 1199px) { :host { display: contents !important; }
  :host > .first { order: 1; } :host > .second { order: 2; } :host > .third { order: 3; }
  :host > .fourth { order: 4; } :host > .fifth { order: 5; } }
"""

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
                "& .title": {"color": "inherit !important", "fontSize": "18px", "fontWeight": 500},
                "& a": {"color": "inherit"},
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
