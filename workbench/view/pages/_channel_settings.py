"""Fields for the settings of a channel, whatever its kind; what is secret is never filled in."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.alerts.channels import CHANNELS
from workbench.alerts.channels.base import parameters_of
from workbench.core.errors import ParameterError
from workbench.view.pages._manage import ManagePage, field, password

__all__ = ["ChannelSettings"]

_NARROW: dict[str, Any] = {"max_width": 300, "styles": {"flex": "1 1 210px"}}


class ChannelSettings:
    """The fields of one kind of channel.

    Parameters
    ----------
    page : ManagePage
        On which they stand.
    """

    def __init__(self, page: ManagePage) -> None:
        self.place = page.line()
        self._fields: dict[str, Any] = {}
        self._kind, self._known = "", dict[str, Any]()

    def ask(
        self, kind: str, known: Mapping[str, Any] | None = None, hidden: Sequence[str] = ()
    ) -> None:
        """Show the fields of a kind.

        Parameters
        ----------
        kind : str
        known : mapping
            What is set and may be shown.
        hidden : sequence of str
            What is set and may not.
        """
        self._kind, self._known = kind, dict(known or {})
        self._fields = {
            name: self._field(name, usual, name in hidden)
            for name, usual in parameters_of(CHANNELS.get(kind)).items()
        }
        self.place[:] = list(self._fields.values())
        self.place.visible = bool(self._fields)

    def _field(self, name: str, usual: Any, is_set: bool) -> Any:
        words, shape = name.replace("_", " "), self._shape(name)
        if shape is list:
            words += ", separated by commas"
        elif shape is dict:
            words += " as JSON"
        if name in CHANNELS.get(self._kind).secrets:
            made = password(f"{words} (kept)" if is_set else words)
            made.param.update(**_NARROW)
            return made
        needed = usual is inspect.Parameter.empty
        if name in self._known:
            usual = self._known[name]
        elif needed:
            usual, words = "", f"{words} (needed)"
        example = '{"name": "value"}' if shape is dict else ""
        return field(words, value=_written(usual), placeholder=example, **_NARROW)

    def _shape(self, name: str) -> type:
        """Return what a setting is: a list, a mapping, a number, yes or no, or text."""
        told = str(inspect.signature(CHANNELS.get(self._kind)).parameters[name].annotation)
        for word, shape in (("Mapping", dict), ("Sequence", list), ("bool", bool), ("int", int)):
            if word in told:
                return shape
        return str

    def given(self) -> dict[str, Any]:
        """Return the settings that somebody wrote, or changed.

        Raises
        ------
        ParameterError
            One is not what it must be.
        """
        found: dict[str, Any] = {}
        usual = parameters_of(CHANNELS.get(self._kind))
        for name, one in self._fields.items():
            before = _written(self._known.get(name, usual[name]))
            if one.value != before:
                found[name] = self._read(name, str(one.value))
        return found

    def _read(self, name: str, told: str) -> Any:
        shape = self._shape(name)
        try:
            if shape is list:
                return [part.strip() for part in told.split(",") if part.strip()]
            if shape is dict:
                return json.loads(told or "{}")
            return int(told) if shape is int else told == "yes" if shape is bool else told
        except ValueError:
            what = "a whole number" if shape is int else 'JSON: {"name": "value"}'
            raise ParameterError(f"{name} is {what}; found something else.") from None


def _written(value: Any) -> str:
    """Return a setting as one writes it into a field."""
    if value is None or value is inspect.Parameter.empty:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return json.dumps(dict(value)) if value else ""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
