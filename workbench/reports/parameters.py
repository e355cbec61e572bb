"""What a template may be told: names, types and ranges, read from its tagged cell.

A parameter is one line of the cell that is tagged ``parameters``::

    worst: int = 10  # anomalies told one by one, from 0 to 50

The cell is parsed and never run, and so is everything that somebody passes: names must be in the
schema, values must be of the line's type and in its range, and they reach the kernel as literals.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.core.errors import ParameterError, suggest

__all__ = ["RESERVED", "Parameter", "Schema", "read_schema_of"]

#: Set by the workbench itself: where model, data and scores were put for the kernel.
RESERVED = "inputs"
#: Letters that a text may have where the template does not say.
MOST_LETTERS = 300

_KINDS: dict[str, tuple[type, str]] = {
    "str": (str, "text"),
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "bool": (bool, "true or false"),
}
_RANGE = re.compile(r",? from (-?[\d.]+) to (-?[\d.]+)$")


@dataclass(frozen=True)
class Parameter:
    """One line of the tagged cell.

    Attributes
    ----------
    name : str
    kind : {"str", "int", "float", "bool"}
    default : str, int, float or bool
    meaning : str
        The comment of the line.
    low, high : float or None
        Range of a number.
    """

    name: str
    kind: str
    default: Any
    meaning: str
    low: float | None = None
    high: float | None = None

    def check(self, value: Any) -> Any:
        """Return the value as its own type.

        Raises
        ------
        ParameterError
            It is of another type, out of range, or no text that can be written.
        """
        kind, words = _KINDS[self.kind]
        if kind is float and type(value) is int and abs(value) < 2**53:
            value = float(value)
        if type(value) is not kind:
            raise ParameterError(f"{self.name} must be {words}, found {_shown(value)}.")
        if isinstance(value, str):
            self._check_text(value)
        elif isinstance(value, (int, float)) and kind is not bool:
            self._check_number(value)
        return value

    def _check_text(self, value: str) -> None:
        if len(value) > MOST_LETTERS:
            raise ParameterError(
                f"{self.name} may have {MOST_LETTERS} letters, found {len(value):,}."
            )
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ParameterError(f"{self.name} holds letters that no file can hold.") from None

    def _check_number(self, value: float) -> None:
        # Integers in Python have no end; without a range they must still fit into 64 bits.
        low = -(2.0**53) if self.low is None else self.low
        high = 2.0**53 if self.high is None else self.high
        if isinstance(value, float) and not math.isfinite(value):
            raise ParameterError(f"{self.name} must be finite, found {value!r}.")
        if not low <= value <= high:
            raise ParameterError(
                f"{self.name} must lie from {low:g} to {high:g}, found {_shown(value)}."
            )

    def parse(self, text: str) -> Any:
        """Return the value that somebody wrote in a terminal.

        Raises
        ------
        ParameterError
            The text does not say a value of this type.
        """
        if self.kind == "str":
            return self.check(text)
        words = {"true": True, "false": False}
        try:
            if self.kind == "bool":
                return words[text.strip().casefold()]
            if len(text) > 40 or "_" in text:
                raise ValueError(text)
            return self.check(int(text) if self.kind == "int" else float(text))
        except (ValueError, KeyError) as error:
            if isinstance(error, ParameterError):
                raise
            raise ParameterError(
                f"{self.name} must be {_KINDS[self.kind][1]}, found {_shown(text)}."
            ) from None


@dataclass(frozen=True)
class Schema:
    """All that a template may be told.

    Attributes
    ----------
    template : str
        Name of the template, for messages.
    parameters : tuple of Parameter
    """

    template: str
    parameters: tuple[Parameter, ...]

    @property
    def open_names(self) -> list[str]:
        """Return the names that people may set."""
        return [item.name for item in self.parameters if item.name != RESERVED]

    def __getitem__(self, name: str) -> Parameter:
        for item in self.parameters:
            if item.name == name and name != RESERVED:
                return item
        known = self.open_names
        raise ParameterError(
            f"'{self.template}' has no parameter {_shown(name)}.{suggest(str(name), known)} "
            f"Known: {', '.join(known)}."
        )

    def validate(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the checked values, those only that were given.

        Raises
        ------
        ParameterError
            A name is not in the schema, or a value is not what its line says.
        """
        return {name: self[name].check(value) for name, value in given.items()}

    def parse(self, pairs: list[str]) -> dict[str, Any]:
        """Return the checked values of ``name=value`` pairs.

        Raises
        ------
        ParameterError
            As :meth:`validate`, or there is no equals sign.
        """
        values = {}
        for pair in pairs:
            name, equals, text = pair.partition("=")
            if not equals:
                raise ParameterError(f"--param must be NAME=VALUE, found {_shown(pair)}.")
            values[name] = self[name].parse(text)
        return values

    def cell(self, values: Mapping[str, Any]) -> str:
        """Return the source of the cell that sets checked values: one literal a line.

        Raises
        ------
        ParameterError
            A value would not come out of the kernel's parser as it went in.
        """
        known = {item.name: item for item in self.parameters}
        lines = [f"{name} = {literal(value)}" for name, value in values.items() if name in known]
        source = "\n".join(lines)
        read = {}
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                read[statement.targets[0].id] = ast.literal_eval(statement.value)
        if read != dict(values):
            raise ParameterError(f"The parameters of '{self.template}' cannot be passed on.")
        return source


def literal(value: str | float | bool) -> str:
    r"""Return a value as one line of plain ASCII that parses back to it.

    Examples
    --------
    >>> literal("a\u2028b")
    "'a\\u2028b'"
    """
    return ascii(value)


def read_schema_of(template: str, source: str) -> Schema:
    """Return the schema that a tagged cell states.

    Parameters
    ----------
    template : str
        Name, for messages.
    source : str
        The cell; it is parsed, not run.

    Raises
    ------
    ParameterError
        A line is no ``name: type = default  # meaning``.
    """
    lines = source.splitlines()
    items = []
    for statement in ast.parse(source).body:
        line = lines[statement.lineno - 1]
        if not (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(statement.annotation, ast.Name)
            and statement.annotation.id in _KINDS
            and statement.value is not None
            and statement.end_lineno == statement.lineno
        ):
            raise ParameterError(f"'{template}': a parameter is 'name: type = default', not {line}")
        comment = line[statement.end_col_offset or 0 :].partition("#")[2].strip()
        items.append(_parameter(statement, comment))
    return Schema(template, tuple(items))


def _parameter(statement: ast.AnnAssign, comment: str) -> Parameter:
    name: str = statement.target.id  # type: ignore[union-attr]  # checked by the caller
    kind: str = statement.annotation.id  # type: ignore[attr-defined]
    match = _RANGE.search(comment)
    low, high = (float(match[1]), float(match[2])) if match else (None, None)
    default = ast.literal_eval(statement.value)  # type: ignore[arg-type]
    made = Parameter(name, kind, default, comment, low, high)
    made.check(default)
    return made


def _shown(value: Any) -> str:
    """Return a foreign value for a message: short, one line, printable."""
    if isinstance(value, (str, bytes)):
        shown = ascii(value)
    elif isinstance(value, int) and abs(value) >= 2**64:
        shown = "a number of more than 64 bits"
    elif value is None or isinstance(value, (bool, int, float)):
        shown = repr(value)
    else:
        shown = type(value).__name__
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
