"""Pages without a script: signing in, and what stands in the way."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from fastapi.responses import HTMLResponse

__all__ = ["plain_page"]

_COLOURS = Path(__file__).with_name("pwa") / "source" / "colours.css"
_STYLE = """
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 16px;
  background: var(--paper); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 400px; background: var(--card); border: 1px solid var(--rule);
  border-radius: 12px; padding: 32px; }
h1 { font-size: 22px; line-height: 1.3; margin: 0 0 4px; }
p { margin: 0 0 20px; color: var(--faint); }
p.bad { color: var(--bad); font-weight: 500; }
label { display: block; font-weight: 500; margin: 0 0 16px; }
input { display: block; width: 100%; margin-top: 4px; padding: 10px 12px; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--faint); border-radius: 8px; }
input:focus-visible, button:focus-visible { outline: 3px solid var(--key); outline-offset: 1px; }
button { width: 100%; padding: 11px; font: inherit; font-weight: 600; border: 0; cursor: pointer;
  border-radius: 8px; background: var(--key); color: var(--on-key); }
a { color: var(--key); }
a.button { display: block; padding: 10px; border: 1px solid var(--key); border-radius: 8px;
  font-weight: 600; text-align: center; text-decoration: none; }
form + p { margin: 16px 0 0; }
main > p:last-child { margin-bottom: 0; }
a:focus-visible { outline: 3px solid var(--key); outline-offset: 1px; }
svg { width: 40px; height: 40px; margin-bottom: 12px; display: block; }
"""
_LOGO = """<svg viewBox="0 0 40 40" aria-hidden="true"><rect width="40" height="40" rx="9"
 fill="var(--key)"/><path d="M5 26h8l3-4 4 5 4-19 4 18h7" fill="none" stroke="var(--on-key)"
 stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>"""


@cache
def _style() -> str:
    return _COLOURS.read_text(encoding="utf-8") + _STYLE


def plain_page(
    title: str, about: str, form: str = "", wrong: str = "", status: int = 200
) -> HTMLResponse:
    """Return a page with a form, in the look of the house.

    Parameters
    ----------
    title, about : str
        Text.
    form : str
        HTML of ours.
    wrong : str
        What went wrong, as text.
    status : int
    """
    bad = f'<p class="bad" role="alert">{escape(wrong)}</p>' if wrong else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Anomaly Workbench</title><style>{_style()}</style></head><body>"
        f"<main>{_LOGO}<h1>{escape(title)}</h1><p>{escape(about)}</p>{bad}{form}</main></body>"
        "</html>",
        status,
    )
