"""Free exploration on a page: any two columns, and time or a histogram beside them."""

# mypy: disable-error-code="no-untyped-call"
# (Panel is typed in part: its constructors are not.)

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from workbench.core.errors import MissingExtra
from workbench.view.components.figures import FiguresState
from workbench.view.components.views import panel
from workbench.view.pages._live import WIDE, card, words
from workbench.view.pages._style import CHOICES
from workbench.view.session import Session
from workbench.view.wording import count, html, plural, text

__all__ = ["FreeCard"]


BESIDE = """:host { display: grid !important; gap: 16px;
  grid-template-columns: repeat(auto-fit, minmax(min(320px, 100%), 1fr)); }
:host > .scroll-button { display: none !important; }"""


class FreeCard:
    """Draws when somebody asks for it: the libraries behind it take a second to load.

    Parameters
    ----------
    session : Session
        Whose data are shown.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.plots: Any = None
        title = words("name", "<h2>Free exploration</h2>")
        self.open = pmui.Button(label="Draw", variant="outlined", size="small", margin=0)
        numeric = self._numeric()
        named = {text(name, 40): name for name in numeric}
        timed = session.dataset.time is not None
        over = {**({"time": session.dataset.time} if timed else {}), "a histogram": "", **named}
        usual = numeric[:2] if len(numeric) > 1 else numeric * 2
        self.x, self.y, self.over = (
            pmui.Select(
                label=label, options=options, value=value, size="small", margin=0,
                sizing_mode="stretch_width", max_width=166,
            )
            for label, options, value in (
                ("Across", named, (usual or [None])[0]), ("Upright", named, (usual or [None])[-1]),
                ("Beside it", over, next(iter(over.values()))),
            )
        )  # fmt: skip
        self.told = words()
        # One pane a plot: Panel cannot give a layout of HoloViews the design of a page.
        self.panes = [pn.pane.HoloViews(None, height=340, **WIDE) for _ in range(2)]
        self.figures = FiguresState(called="free exploration")
        self.numbers = panel(self.figures, visible=False, **WIDE)
        self.room = pn.Column(*self.panes, stylesheets=[BESIDE], visible=False, **WIDE)
        choices = pn.Row(
            title, self.x, self.y, self.over, self.open, sizing_mode="stretch_width",
            margin=(0, 0, 8, 0), stylesheets=[CHOICES],
        )  # fmt: skip
        self.view = card(choices, self.told, self.room, self.numbers, place="last")
        self.open.on_click(lambda *_: self.draw())
        for choice in (self.x, self.y, self.over):
            choice.param.watch(lambda *_: self.draw() if self.plots is not None else None, "value")
        session.param.watch(lambda *_: self.draw() if self.plots is not None else None, "theme")
        if not numeric:
            self.open.disabled = True
            self._say("These data have no numeric column.")
        else:
            self._say("Draw a box or a lasso in one plot to see the same rows in the other.")

    def _numeric(self) -> list[Any]:
        data = self.session.dataset
        return [name for name in data.features if pd.api.types.is_numeric_dtype(data.frame[name])]

    def _say(self, told: str) -> None:
        self.told.object = f'<p role="status"><small>{html(told, 600)}</small></p>'

    def draw(self) -> None:
        """Draw the plots; without the libraries, say how to install them."""
        from workbench.charts.free_exploration import free_exploration

        frame, dark = self.session.dataset.frame, self.session.theme == "dark"
        try:
            self.plots = free_exploration(
                frame, self.x.value, self.y.value, self.over.value or None, dark=dark
            )
        except MissingExtra as error:
            self._say(str(error))
            return
        self.plots.link.param.watch(lambda *_: self._selected(), "selection_expr")
        self.room.visible = self.numbers.visible = True
        for pane, plot in zip(self.panes, self.plots.plots, strict=True):
            pane.object = plot
        self._selected()

    def _selected(self) -> None:
        rows = self.plots.rows()
        how = "drawn on the server" if self.plots.shaded else "as points"
        told = f"{count(len(self.session.dataset))} rows, {how}. "
        told += f"{plural(len(rows), 'row')} selected." if len(rows) else "Nothing is selected."
        self._say(told)
        self._tell(rows)

    def _tell(self, rows: Any) -> None:
        """List the selected rows, or all, by the columns that are drawn."""
        frame = self.session.dataset.frame
        chosen = np.asarray(rows) if len(rows) else np.arange(len(frame))
        wanted = dict.fromkeys(
            name for name in (self.x.value, self.y.value, self.over.value) if name
        )
        numeric = [name for name in wanted if pd.api.types.is_numeric_dtype(frame[name])]
        columns = {
            name: pd.to_numeric(frame[name], errors="coerce").to_numpy(
                dtype=float, na_value=np.nan
            )[chosen]
            for name in numeric
        }
        self.figures.along(columns, chosen, timed=False)
