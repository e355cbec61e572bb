"""Texts that try to run as code once they are taken for HTML, templates, formulas or addresses."""

from __future__ import annotations

import numpy as np
import pandas as pd
from playwright.sync_api import Page

__all__ = ["PAYLOADS", "hostile_csv", "nothing_ran"]

PAYLOADS = (
    "<img src=x onerror=window.ran=1>",
    "<svg/onload=window.ran=1>",
    '"><script>window.ran=1</script>',
    "<iframe srcdoc='<script>parent.ran=1</script>'>",
    "</style><img src=x onerror=window.ran=1>",
    "<details open ontoggle=window.ran=1>x</details>",
    "{{constructor.constructor('window.ran=1')()}}",
    "$$\\href{javascript:window.ran=1}{x}$$",
    "[x](javascript:window.ran=1)",
    "<math><mtext><img src=x onerror=window.ran=1></mtext></math>",
    "<script>window.ran=1</script>",
    "</script><script>window.ran=1</script>",
    "</title><script>window.ran=1</script>",
    "</textarea><img src=x onerror=window.ran=1>",
    "<a href=javascript:window.ran=1>x</a>",
    "<input autofocus onfocus=window.ran=1>",
    "<body onload=window.ran=1>",
    "<video><source onerror=window.ran=1></video>",
    "<audio src=x onerror=window.ran=1>",
    "<object data=javascript:window.ran=1>",
    "<embed src=javascript:window.ran=1>",
    "<form><button formaction=javascript:window.ran=1>x</form>",
    "<marquee onstart=window.ran=1>x</marquee>",
    "<template><img src=x onerror=window.ran=1></template>",
    "<svg><animate onbegin=window.ran=1 attributeName=x dur=1s>",
    "<svg><script>window.ran=1</script></svg>",
    '![x](x" onerror="window.ran=1)',
    "' onmouseover=window.ran=1 autofocus onfocus=window.ran=1 '",
    "<%= window.ran=1 %>${window.ran=1}`",
    "<p style=animation-name:x onanimationstart=window.ran=1>x</p>",
)

#: Elements that are there only where a payload was taken for HTML; looks into shadow roots too.
_MADE = """() => {
  const found = [], todo = [document];
  while (todo.length) {
    for (const e of todo.pop().querySelectorAll('*')) {
      if (e.shadowRoot) todo.push(e.shadowRoot);
      for (const a of e.attributes)
        if (/window.ran|parent.ran/.test(a.value)
            && /^on|^(href|src|data|srcdoc|formaction)$/i.test(a.name)
            && !e.matches('a[href*="?"], a[href*="%"]'))
          found.push(e.outerHTML.slice(0, 200));
      if (e.localName === 'script' && /^(window|parent).ran/.test(e.textContent.trim()))
        found.push(e.outerHTML.slice(0, 200));
    }
  }
  return found;
}"""


def hostile_csv() -> bytes:
    """Return a table whose column names and cells all try to run code."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({f"{PAYLOADS[i]} {i}": rng.normal(0, 1, 120) for i in range(6)})
    for i, payload in enumerate(PAYLOADS[6:10]):
        frame[f"{payload} {i}"] = rng.choice(PAYLOADS, 120)
    frame.iloc[7, 0] = 90.0
    return frame.to_csv(index=False).encode()


def nothing_ran(page: Page) -> None:
    """Assert that no payload ran, and that none became an element that would, were it let."""
    assert page.evaluate("window.ran") is None
    assert page.evaluate(_MADE) == []
