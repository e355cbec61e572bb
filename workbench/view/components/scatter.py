"""Shows rows as points of a plane: any two columns, PCA or UMAP; a lasso hands rows to Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import param

from workbench.charts.embedding import has_umap, umap_plane
from workbench.charts.regression import regression
from workbench.charts.scatter import overview_plane, plane_columns
from workbench.core.errors import WorkbenchError
from workbench.view.components import _examples
from workbench.view.components._pack import parcel
from workbench.view.components._plane import ByHeight, density
from workbench.view.components._state import BadWish, ComponentState, Wish
from workbench.view.wording import plural, text

__all__ = ["ScatterState"]

MOST_POINTS = 20_000
MOST_MARKS = 400
MOST_CORNERS = 400
MOST_CHOICES = 60
CELLS = 160
BARS = 40
OVERLAYS = ("fit", "spread")
PCA, UMAP = ("PCA 1", "PCA 2"), ("UMAP 1", "UMAP 2")


class ScatterState(ComponentState):
    """Rows in a plane; up to 20,000 as points, more as density, anomalies always as marks.

    Examples
    --------
    >>> import numpy as np
    >>> state = ScatterState()
    >>> state.show(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 5.0]))
    >>> state.asked = {"what": "box", "x": [0.5, 9], "y": [0.5, 9], "seq": 1}
    >>> state.rows
    array([1, 2])
    """

    WIRE = ("frame", "axes", "choices", "selected", "picked", "overlays", "fit")

    frame = param.Bytes(default=b"", doc="Points or density of the visible window, packed.")
    axes = param.Dict(default={}, doc="What lies along x and y.")
    choices = param.List(default=[], doc="What an axis can be.")
    selected = param.Dict(default={}, doc="Selected row: row, x, y.")
    picked = param.Dict(default={}, doc="Rows inside the lasso or box: count, words; or empty.")
    overlays = param.Dict(default={"fit": False, "spread": True}, doc="What is laid over.")
    fit = param.Dict(default={}, doc="Regression line: x, y, low, high, words; or empty.")
    window = param.List(default=[], doc="Visible range: left, right, bottom, top.")

    def __init__(self, **params: Any) -> None:
        super().__init__(**params)
        #: Rows inside the lasso or box, as positions in the data.
        self.rows = np.empty(0, dtype=np.intp)
        #: Which row comes next; a page puts the order of its table here.
        self.stepper: Callable[[int], int | None] = self.neighbour
        self._found: Any = None
        self._columns: dict[str, Any] = {}
        self._planes: dict[tuple[str, str], tuple[np.ndarray, np.ndarray]] = {}
        self._forget()

    def _forget(self) -> None:
        self._x = self._y = np.empty(0)
        self._severity = np.empty(0, dtype=np.float32)
        self._odd = np.empty(0, dtype=np.intp)
        self._by_height: ByHeight | None = None
        self._extent = (0.0, 1.0, 0.0, 1.0)

    @classmethod
    def example(cls, case: str) -> ScatterState:
        """Return a state for the gallery."""
        state = cls()
        if _examples.phase(state, case, "These data have no numeric column to place rows by."):
            return state
        if case == "few":
            state.show_detection(_examples.detection("few"), "pressure", "power")
            state.overlays = {"fit": True, "spread": True}
        else:
            rng = np.random.default_rng(5)
            heat = rng.normal(0, 1, 1_000_000)
            flow = 0.7 * heat + rng.normal(0, 0.6, heat.size)
            odd = rng.choice(heat.size, 60, replace=False)
            flow[odd] += rng.choice([-5, 5], 60) + rng.normal(0, 1, 60)
            severity = np.zeros(heat.size, dtype=np.float32)
            severity[odd] = rng.uniform(5, 98, 60)
            state.show(heat, flow, severity=severity, names=("heat", "flow"))
            state.overlays = {"fit": True, "spread": True}
        return state

    def show_detection(self, found: Any, x: str = "", y: str = "") -> None:
        """Show the rows of a detection.

        Parameters
        ----------
        found : Detection
            What was detected.
        x, y : str
            Numeric columns, "PCA 1", "PCA 2", "UMAP 1" or "UMAP 2" (where umap-learn is
            installed); the two directions of the widest spread by default.
        """
        self._found, self._planes = found, {}
        frame = found.dataset.frame
        numeric = [n for n in found.dataset.features if frame[n].dtype.kind in "iuf"]
        self._columns = {text(name, 60): name for name in numeric[:MOST_CHOICES]}
        texts = found.dataset.kind == "text"
        if not numeric and not texts:
            self.blank("These data have no numeric column to place rows by.")
            return
        wide = texts or len(numeric) > 1
        planes = [*(PCA if wide else ()), *(UMAP if has_umap() else ())]
        self.choices = [*self._columns, *planes]
        usual = PCA if wide else (self.choices[0], self.choices[0])
        self._place(x if x in self.choices else usual[0], y if y in self.choices else usual[1])

    def _place(self, x: str, y: str) -> None:
        try:
            across, upright = self._along(x), self._along(y)
        except WorkbenchError as error:
            self.fail(str(error))
            return
        found = self._found
        row = self.selected.get("row")
        self.show(across, upright, severity=found.severity.to_numpy(np.float32),
                  odd=found.is_anomaly.to_numpy(), names=(x, y))  # fmt: skip
        self.select(row)

    def _along(self, name: str) -> np.ndarray:
        for pair, plane in ((PCA, overview_plane), (UMAP, umap_plane)):
            if name in pair:
                if pair not in self._planes:
                    self._planes[pair] = plane(*plane_columns(self._found))
                return self._planes[pair][pair.index(name)]
        numbers = self._found.dataset.frame[self._columns[name]]
        values: np.ndarray = numbers.to_numpy(dtype=float, na_value=np.nan)
        return values

    def show(
        self,
        x: np.ndarray,
        y: np.ndarray,
        *,
        severity: np.ndarray | None = None,
        odd: np.ndarray | None = None,
        names: tuple[str, str] = ("x", "y"),
    ) -> None:
        """Take points, one a row.

        Parameters
        ----------
        x, y : array of float, shape (n,)
            Places; rows without one are not drawn.
        severity : array, shape (n,), optional
            0-100.
        odd : array of bool, shape (n,), optional
            Which rows are anomalies; those with a severity of at least 3 by default.
        names : tuple of str
            What the axes are called.
        """
        self._x, self._y = (np.where(np.isfinite(side), side, np.nan) for side in (x, y))
        amount, self._by_height = len(self._x), None
        self._severity = np.zeros(amount, np.float32) if severity is None else severity
        placed = np.isfinite(self._x) & np.isfinite(self._y)
        flags = self._severity >= 3 if odd is None else odd
        marked = np.flatnonzero(flags & placed)
        self._odd = marked[np.argsort(-self._severity[marked], kind="stable")]
        self.rows = np.empty(0, dtype=np.intp)
        self.param.update(
            axes={"x": names[0], "y": names[1]}, picked={}, selected={}, fit={}, phase={}
        )
        self._extent = self._ends()
        self._lay_over()
        self.look(*self.extent)
        self.summary = (
            f"{plural(amount, 'row')} by {names[0]} and {names[1]}, "
            f"{plural(self._odd.size, 'anomaly', 'anomalies')} marked. {self.fit.get('words', '')}"
        )

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of all points, with some air."""
        return self._extent

    def _ends(self) -> tuple[float, float, float, float]:
        ends: list[float] = []
        for side in (self._x, self._y):
            known = side[np.isfinite(side)]
            low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
            air = 0.04 * (high - low) or 0.5
            ends += [low - air, high + air]
        return ends[0], ends[1], ends[2], ends[3]

    def look(self, left: float, right: float, bottom: float, top: float, seq: int = 0) -> None:
        """Open the window on a part of the plane and pack what is seen there."""
        if not (right > left and top > bottom):
            left, right, bottom, top = self.extent
        self.window = [left, right, bottom, top]
        self.frame = self._packed(left, right, bottom, top, seq)

    def select(self, row: int | None) -> None:
        """Mark a row; None or a row without a place marks none."""
        known = row is not None and 0 <= row < self._x.size and np.isfinite(self._x[row])
        if row is None or not known or not np.isfinite(self._y[row]):
            self.selected = {}
            return
        self.selected = {"row": int(row), "x": float(self._x[row]), "y": float(self._y[row])}

    def neighbour(self, step: int) -> int | None:
        """Return the row of the next or previous anomaly in order of severity."""
        if not self._odd.size:
            return None
        at = np.flatnonzero(self._odd == self.selected.get("row", -1))
        place = (int(at[0]) + step) % self._odd.size if at.size else (0 if step > 0 else -1)
        return int(self._odd[place])

    def pick(self, rows: np.ndarray) -> None:
        """Take these rows as picked; none clears."""
        self.rows = rows
        chosen = np.zeros(self._x.size, dtype=bool)
        chosen[rows] = True
        odd = int(chosen[self._odd].sum())
        told = (
            f"{plural(rows.size, 'row')} picked, {plural(odd, 'anomaly', 'anomalies')} among them"
        )
        self.picked = {"count": int(rows.size), "odd": odd, "words": told} if rows.size else {}

    # ---- wishes -------------------------------------------------------------------------------

    def _on_axes(self, wish: Wish) -> None:
        x, y = wish.words("x", 100), wish.words("y", 100)
        if x not in self.choices or y not in self.choices:
            raise BadWish("axes")
        self._place(x, y)

    def _on_window(self, wish: Wish) -> None:
        x, y = wish.span("x"), wish.span("y")
        left, right, bottom, top = (*x, *y) if x and y else self.extent
        self.look(left, right, bottom, top, wish.seq)

    def _on_near(self, wish: Wish) -> None:
        """Select the row nearest to a place, within a reach of each axis."""
        x, y = wish.number("x"), wish.number("y")
        far_x, far_y = wish.number("reachX"), wish.number("reachY")
        if far_x <= 0 or far_y <= 0:
            raise BadWish("reach")
        far = ((self._x - x) / far_x) ** 2 + ((self._y - y) / far_y) ** 2
        near = far[self._odd]
        if near.size and near.min() <= 1:  # a mark lies on top of the points
            self.select(int(self._odd[int(near.argmin())]))
        else:
            some = np.isfinite(far) & (far <= 1)
            self.select(int(np.nanargmin(far)) if some.any() else None)

    def _on_lasso(self, wish: Wish) -> None:
        corners = wish.corners("points", MOST_CORNERS)
        if self._by_height is None:  # sorted once, when the first lasso is drawn
            self._by_height = ByHeight(self._x, self._y)
        self.pick(self._by_height.inside(corners))

    def _on_box(self, wish: Wish) -> None:
        x, y = wish.span("x"), wish.span("y")
        if not x or not y:
            self.pick(self._odd[:0])
            return
        within = (self._x >= x[0]) & (self._x <= x[1]) & (self._y >= y[0]) & (self._y <= y[1])
        self.pick(np.flatnonzero(within))

    def _on_select(self, wish: Wish) -> None:
        self.select(wish.whole("row") if wish.has("row") else None)

    def _on_step(self, wish: Wish) -> None:
        self.select(self.stepper(wish.whole("by")))

    def _on_overlay(self, wish: Wish) -> None:
        name = wish.words("name", 20)
        if name not in OVERLAYS:
            raise BadWish("name")
        self.overlays = {**self.overlays, name: bool(wish.whole("on"))}

    @param.depends("overlays", watch=True)
    def _lay_over(self) -> None:
        if not self.overlays.get("fit") or self.fit:
            return
        found = regression(self._x, self._y)
        self.fit = {"words": "no line: too few different values"} if found is None else {
            "x": found.x.tolist(), "y": found.y.tolist(), "low": found.low.tolist(),
            "high": found.high.tolist(), "words": found.words,
        }  # fmt: skip

    # ---- messages -----------------------------------------------------------------------------

    def _packed(self, left: float, right: float, bottom: float, top: float, seq: int) -> bytes:
        x, y, odd = self._x, self._y, self._odd
        seen = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        sx, sy = x[seen], y[seen]
        header = {
            "seq": seq, "x": [left, right], "y": [bottom, top], "extent": list(self.extent),
            "rows": len(x), "inside": int(seen.size), "dense": bool(seen.size > MOST_POINTS),
            "size": CELLS,
        }  # fmt: skip
        counts = density(sx, sy, (left, right), (bottom, top), CELLS)
        if header["dense"]:
            body = {"counts": counts}
        else:
            body = {
                "u": ((sx - left) / (right - left)).astype(np.float32),
                "v": ((sy - bottom) / (top - bottom)).astype(np.float32),
            }
        odd = odd[(x[odd] >= left) & (x[odd] <= right) & (y[odd] >= bottom) & (y[odd] <= top)]
        odd = odd[:MOST_MARKS]
        cells = counts.reshape(CELLS, CELLS)
        return parcel(
            header,
            **body,
            acrossBars=cells.sum(axis=0).reshape(BARS, -1).sum(axis=1),
            uprightBars=cells.sum(axis=1).reshape(BARS, -1).sum(axis=1),
            markX=x[odd],
            markY=y[odd],
            markSeverity=self._severity[odd].astype(np.float32),
            markRow=odd.astype(np.int32),
        )
