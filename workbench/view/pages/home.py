"""Home: what was done last, by name, each with the way to it. For everybody signed in."""

from __future__ import annotations

from typing import Any

from workbench.registry import datasets, detections, models, views
from workbench.registry.orders import cancel_order, list_orders
from workbench.team.access import may
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._manage import ManagePage, query_of_page
from workbench.view.wording import count, when

__all__ = ["Home", "home_page"]

#: Lines of each list.
FEW = 8


class Home(ManagePage):
    """What somebody finds when they come in."""

    url, title = "home", "Home"
    about = "What was found, in which data, and what is being worked on."

    def parts(self) -> list[Any]:
        """Return the lists that their role may see."""
        who = self.engine.who
        lists = []
        if may(who, "detections:read"):
            lists.append(self.list(self._found(), "Results"))
        if may(who, "datasets:read"):
            lists += [self.list(self._data(), "Data"), self.list(self._views(), "Saved views")]
        if may(who, "models:read"):
            lists.append(self.list(self._models(), "Models"))
        self.jobs = self._jobs()
        return [*lists, self.list(self.jobs, "Work that goes on")]

    def _found(self) -> RecordsState:
        def fetch(asked: Asked) -> Part:
            page = detections.list_detections(self.engine.who, **_asked(asked))
            lines = [
                Line(
                    one.id,
                    [one.name, count(one.facts["rows"]), count(one.facts["anomalies"]),
                     when(one.created)],
                    f"explore?data=detection:{one.id}&detector={one.detector}",
                )
                for one in page.items
            ]  # fmt: skip
            return Part(lines, page.next, page.total)

        columns = _columns("Name", "Rows", "Anomalies", "Found")
        return RecordsState(fetch, nouns=["result", "results"], columns=columns, sort="-created")

    def _data(self) -> RecordsState:
        def fetch(asked: Asked) -> Part:
            page = datasets.list_data(self.engine.who, **_asked(asked))
            lines = [
                Line(
                    one.id, [one.name, f"version {one.latest}", when(one.created)],
                    f"explore?data=dataset:{one.id}&scored=no",
                )
                for one in page.items
            ]  # fmt: skip
            return Part(lines, page.next, page.total)

        columns = _columns("Name", "Newest", "Kept")
        nouns = ["dataset", "datasets"]
        return RecordsState(fetch, nouns=nouns, columns=columns, sort="-created")

    def _models(self) -> RecordsState:
        def fetch(asked: Asked) -> Part:
            page = models.list_models(self.engine.who, **_asked(asked))
            lines = [
                Line(one.id, [one.name, f"version {one.latest}", when(one.created)],
                     f"models?model={one.id}")
                for one in page.items
            ]  # fmt: skip
            return Part(lines, page.next, page.total)

        columns = _columns("Name", "Newest", "Registered")
        return RecordsState(fetch, nouns=["model", "models"], columns=columns, sort="-created")

    def _views(self) -> RecordsState:
        def fetch(asked: Asked) -> Part:
            page = views.list_views(self.engine.who, **_asked(asked))
            lines = [
                Line(one.id, [one.name, one.page, when(one.created)], f"{one.page}?{one.query}")
                for one in page.items
            ]
            return Part(lines, page.next, page.total)

        columns = _columns("Name", "Page", "Saved")
        return RecordsState(fetch, nouns=["view", "views"], columns=columns, sort="-created")

    def _jobs(self) -> RecordsState:
        def fetch(asked: Asked) -> Part:
            page = list_orders(self.engine.who, limit=FEW, after=asked.after)
            lines = [
                Line(one.id, [one.kind, one.state, _told(one), when(one.created)])
                for one in page.items
            ]
            return Part(lines, page.next, page.total)

        state = RecordsState(
            fetch, nouns=["job", "jobs"], searchable=False,
            columns=[{"name": name, "key": ""} for name in ("Kind", "State", "How far", "Ordered")],
            actions=[{"key": "cancel", "name": "Cancel", "danger": False}],
        )  # fmt: skip
        state.on_act = self._cancel
        state.on_open = lambda opened: state.refresh()
        return state

    def _cancel(self, action: str, ids: list[str]) -> None:
        def cancel() -> None:
            for one in ids:
                cancel_order(self.engine.who, one, by=self.engine.by)
            self.jobs.refresh()

        self.do(cancel, "The work was asked to stop.")


def _told(job: Any) -> str:
    if job.error:
        return str(job.error.get("detail", ""))
    return f"{100 * job.fraction:.0f} %, {job.stage}" if job.state == "running" else job.stage


def _columns(first: str, *others: str) -> list[dict[str, str]]:
    middle = [{"name": name, "key": ""} for name in others[:-1]]
    return [{"name": first, "key": "name"}, *middle, {"name": others[-1], "key": "created"}]


def _asked(asked: Asked) -> dict[str, Any]:
    return {
        "search": asked.search, "sort": asked.sort or "-created", "limit": FEW,
        "after": asked.after,
    }  # fmt: skip


def home_page(engine: Any) -> Any:
    """Return the home page for the session that is being served."""
    return Home(engine, query_of_page()).page
