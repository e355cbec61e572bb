"""Speed: how fast pages feel to those who use them. Needs ``metrics:read``."""

from __future__ import annotations

from typing import Any

from workbench.registry.vitals import VITALS, Vital, read_vitals
from workbench.view.pages._manage import ManagePage, button, query_of_page, table
from workbench.view.wording import count, number

__all__ = ["Speed", "speed_page"]

#: What each measure is, for people who do not know it by its letters.
MEANING = {
    "TTFB": "until the server's first byte",
    "FCP": "until something is seen",
    "LCP": "until the largest part is seen",
    "INP": "from a touch until the page moves",
    "CLS": "how far parts jump while the page fills",
}


class Speed(ManagePage):
    """How fast pages are."""

    url, title, need = "speed", "Speed", "metrics:read"
    about = "What browsers measured of each page. Three of four visits were at least as fast."

    def parts(self) -> list[Any]:
        """Return the table, and what its columns mean."""
        self.measured = self.words()
        self._show()
        meaning = table(
            ["Measure", "What it is", "Good", "Poor"],
            [
                [name, MEANING[name], f"up to {_value(name, good)}", f"above {_value(name, poor)}"]
                for name, (good, poor) in VITALS.items()
            ],
            "What is measured",
        )
        more = (
            "<p>The same figures are at <code>/metrics</code> as workbench_page_seconds and "
            "workbench_page_layout_shift, for as long as you keep them there.</p>"
        )
        return [
            self.card(self.measured, self.line(button("Look again", self._show)), heading="Pages"),
            self.card(self.words(meaning + more), heading="What it means"),
        ]

    def _show(self) -> None:
        self.check()
        self.measured.object = _table(read_vitals())


def _table(found: list[Vital]) -> str:
    if not found:
        return (
            "<p>No browser has told anything yet since this server began. Open some pages, and "
            "come back: a page is measured as it is left.</p>"
        )
    known = {(one.page, one.name): one for one in found}
    rows = []
    for page in sorted({one.page for one in found}):
        here = [known.get((page, name)) for name in VITALS]
        visits = max(one.visits for one in here if one is not None)
        cells = ["–" if one is None else f"{_value(one.name, one.value)}, {one.verdict}"
                 for one in here]  # fmt: skip
        rows.append([page, count(visits), *cells])
    return table(["Page", "Visits", *VITALS], rows, "How fast pages are")


def _value(name: str, value: float) -> str:
    return number(value) if name == "CLS" else f"{number(value)} s"


def speed_page(engine: Any) -> Any:
    """Return the page for whoever looks."""
    return Speed(engine, query_of_page()).page
