"""Models: versions side by side, promoted, rolled back, deployed. Needs ``models:read``."""

from __future__ import annotations

from typing import Any

from workbench.core.errors import ParameterError
from workbench.registry import detections
from workbench.registry import models as kept
from workbench.team.access import may
from workbench.view.components.records import Asked, Line, Part, RecordsState
from workbench.view.pages._manage import (
    ManagePage,
    button,
    facts,
    field,
    query_of_page,
    select,
    table,
)
from workbench.view.wording import number, when

__all__ = ["Models", "models_page"]

LINES = 20


class Models(ManagePage):
    """The registry of models."""

    url, title, need = "models", "Models", "models:read"
    about = "Which model is the champion, how versions compare, and which one scores."

    def parts(self) -> list[Any]:
        """Return the list, the open model, and the form that registers one."""
        self.models = RecordsState(
            self._fetch, nouns=["model", "models"], sort="-created",
            columns=[{"name": "Name", "key": "name"}, {"name": "Newest", "key": ""},
                     {"name": "Scores with", "key": ""}, {"name": "Registered", "key": "created"}],
        )  # fmt: skip
        self.models.on_open = self.open
        self.versions = RecordsState(
            self._fetch_versions, nouns=["version", "versions"], searchable=False,
            columns=[{"name": name, "key": ""} for name in
                     ("Version", "Stage", "Detector", "Threshold", "By", "Registered")],
        )  # fmt: skip
        self.versions.on_act = self._act
        self.model: Any = None
        self.headline, self.metrics = self.words(), self.words()
        self.back = button("Roll back", self._roll_back)
        self.follow = button("Let the endpoint follow the champion", lambda: self._deploy(None))
        self.open_card = self.card(
            self.headline, self.plain_list(self.versions), self.metrics,
            self.line(self.back, self.follow),
        )  # fmt: skip
        self.open_card.visible = False
        listed = self.list(self.models)
        if self.query.get("model"):
            self.open(self.query["model"])
        return [listed, self.open_card, *self._form()]

    # ---- lists ----------------------------------------------------------------------------------

    def _fetch(self, asked: Asked) -> Part:
        page = kept.list_models(
            self.engine.who, search=asked.search, sort=asked.sort or "-created", limit=LINES,
            after=asked.after,
        )  # fmt: skip
        lines = [
            Line(one.id, [one.name, f"version {one.latest}",
                          f"version {one.deployed}" if one.deployed else "the champion",
                          when(one.created)])
            for one in page.items
        ]  # fmt: skip
        return Part(lines, page.next, page.total)

    def _fetch_versions(self, asked: Asked) -> Part:
        if self.model is None:
            return Part([], "", 0)
        found = kept.model_versions(self.engine.who, self.model.id)
        names = self.engine.names()
        lines = [
            Line(str(one.number), [f"version {one.number}", one.stage, one.detector,
                                   number(one.facts["threshold"]["value"]),
                                   names.get(one.author, "somebody"), when(one.created)])
            for one in found
        ]  # fmt: skip
        return Part(lines, "", len(lines))

    # ---- the open model -------------------------------------------------------------------------

    def open(self, model: str) -> None:
        """Show a model with its versions."""
        self.model = self.do(lambda: kept.find_model(self.engine.who, model))
        self.open_card.visible = self.model is not None
        if self.model is None:
            return
        who, reach = self.engine.who, (f"model:{self.model.id}", self.model.owner)
        promotes, writes = (may(who, need, *reach) for need in ("models:promote", "models:write"))
        self.versions.actions = [
            *([{"key": "promote", "name": "Promote", "danger": True},
               {"key": "deploy", "name": "Deploy", "danger": True}] if promotes else []),
            *([{"key": "archive", "name": "Archive", "danger": True}] if writes else []),
        ]  # fmt: skip
        self.back.visible = self.follow.visible = promotes
        self._show()

    def _show(self) -> None:
        self.model = kept.find_model(self.engine.who, self.model.id)
        deployed = self.model.deployed
        self.headline.object = "<h2>Open model</h2>" + facts(
            {
                "Name": self.model.name,
                "Scores with": f"version {deployed}" if deployed else "the champion",
                "Address": f"/api/v1/models/{self.model.id}/score",
                "Note": self.model.note or "none",
            }
        )
        self.versions.first()
        self.models.refresh()
        self.models.selected = self.model.id
        self.metrics.object = self._side_by_side()

    def _side_by_side(self) -> str:
        versions = kept.model_versions(self.engine.who, self.model.id)[:6]
        measured = {
            one.number: {item["name"]: item["value"] for item in
                         one.facts.get("metrics", {}).get("metrics", [])}
            for one in versions
        }  # fmt: skip
        names = list(dict.fromkeys(name for found in measured.values() for name in found))
        if not names:
            return "<p>No version was measured: its data had no labels.</p>"
        head = ["Measure", *(f"version {one.number}" for one in versions)]
        rows = [
            [name.replace("_", " "),
             *(number(measured[one.number].get(name)) for one in versions)]
            for name in names
        ]  # fmt: skip
        return "<h3>Measured on their own data</h3>" + table(head, rows, "Measures of versions")

    def _act(self, action: str, ids: list[str]) -> None:
        number = int(ids[0])
        if len(ids) > 1 and action != "archive":
            self.say("Pick one version: only one can be the champion.", wrong=True)
            return
        who, by, model = self.engine.who, self.engine.by, self.model.id
        if action == "promote":
            done = f"Version {number} is the champion."
            self.do(lambda: kept.promote(who, model, number, by=by), done)
        elif action == "deploy":
            self._deploy(number)
        else:

            def archive() -> None:
                for one in ids:
                    kept.retire(who, model, int(one), by=by)

            self.do(archive, "Archived.")
        self.do(self._show)

    def _deploy(self, number: int | None) -> None:
        done = "The endpoint follows the champion."
        if number is not None:
            done = f"The endpoint scores with version {number}."
        who, by, model = self.engine.who, self.engine.by, self.model.id
        self.do(lambda: kept.deploy(who, model, number, by=by), done)
        self.do(self._show)

    def _roll_back(self) -> None:
        who, by, model = self.engine.who, self.engine.by, self.model.id
        made = self.do(lambda: kept.roll_back(who, model, by=by))
        if made is not None:
            self.say(f"Version {made.number} is the champion again.")
            self.do(self._show)

    # ---- registering ----------------------------------------------------------------------------

    def _form(self) -> list[Any]:
        if not may(self.engine.who, "models:write"):
            return []
        found = detections.list_detections(self.engine.who, limit=50).items
        options = {"Choose a result": "", **{f"{one.name} ({one.id[:6]})": one.id for one in found}}
        self.result, self.name = select("Result", options), field("Name of a new model")
        self.onto = button("Register as the next version of the open model", self._next)
        made = button("Register", self._register, strong=True)
        return [
            self.card(
                self.result, self.name, self.line(made, self.onto), heading="Register a model"
            )
        ]

    def _register(self) -> None:
        self._registered({"name": self.name.value})

    def _next(self) -> None:
        self._registered({"model": "" if self.model is None else self.model.id})

    def _registered(self, words: dict[str, str]) -> None:
        def register() -> Any:
            if not self.result.value:
                raise ParameterError("Choose a result first.")
            return kept.register(self.engine.who, self.result.value, by=self.engine.by, **words)

        made = self.do(register)
        if made is not None:
            self.say(f"Registered '{made[0].name}', version {made[1].number}.")
            self.models.first()
            self.open(made[0].id)


def models_page(engine: Any) -> Any:
    """Return the page of models for the session that is being served."""
    return Models(engine, query_of_page()).page
