"""One file is one plug-in: found by its file name, or by an entry point of the same group."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cached_property
from importlib import metadata
from typing import Any, Generic, TypeVar

from workbench.core.errors import UnknownName, WorkbenchError, suggest

__all__ = ["Catalog"]

T = TypeVar("T")


class Catalog(Generic[T]):
    """Lists plug-ins without importing them, and hands out the class behind a name.

    Every module of ``package`` whose name does not begin with an underscore is a plug-in;
    it holds exactly one public subclass of ``contract``. Outsiders add theirs with an entry
    point in the group named like the package (``workbench.detectors``).

    Parameters
    ----------
    package : str
        Dotted name of the room, for example ``"workbench.detectors"``.
    contract : str
        Dotted name of the base class, ``"module:Class"``. It is imported on first use.
    noun : str
        What a plug-in is called in messages.

    Examples
    --------
    >>> detectors = Catalog("workbench.detectors", "workbench.detectors.base:Detector", "detector")
    >>> "iforest" in detectors.names()
    True
    """

    def __init__(self, package: str, contract: str, noun: str) -> None:
        self.package = package
        self.noun = noun
        self._contract = contract

    @cached_property
    def _modules(self) -> dict[str, str]:
        room = importlib.import_module(self.package)
        own_contract = self._contract.partition(":")[0]
        return {
            found.name: f"{self.package}.{found.name}"
            for found in pkgutil.iter_modules(room.__path__)
            if not found.name.startswith("_")
            and not found.ispkg
            and f"{self.package}.{found.name}" != own_contract
        }

    @cached_property
    def _outsiders(self) -> dict[str, metadata.EntryPoint]:
        return {point.name: point for point in metadata.entry_points(group=self.package)}

    def names(self) -> list[str]:
        """Return the names of all plug-ins in alphabetical order; nothing is imported."""
        return sorted({*self._modules, *self._outsiders})

    def get(self, name: str) -> type[T]:
        """Return the plug-in class behind ``name``.

        Raises
        ------
        UnknownName
            No plug-in has this name; the message proposes the nearest one.
        WorkbenchError
            The plug-in's file breaks the rule "exactly one public class of the contract".
        """
        if name in self._modules:
            return self._only_class(name)
        if name in self._outsiders:
            return self._checked(name, self._outsiders[name].load())
        raise UnknownName(
            f"There is no {self.noun} '{name}'.{suggest(name, self.names())} "
            f"Known: {', '.join(self.names())}."
        )

    def _base(self) -> type[T]:
        module, _, attribute = self._contract.partition(":")
        base: type[T] = getattr(importlib.import_module(module), attribute)
        return base

    def _only_class(self, name: str) -> type[T]:
        module = importlib.import_module(self._modules[name])
        base = self._base()
        found = [
            item
            for label, item in vars(module).items()
            if inspect.isclass(item)
            and issubclass(item, base)
            and item.__module__ == module.__name__
            and not label.startswith("_")
        ]
        if len(found) != 1:
            raise WorkbenchError(
                f"{module.__name__} must hold exactly one public {base.__name__}, "
                f"found {len(found)}."
            )
        return found[0]

    def _checked(self, name: str, loaded: Any) -> type[T]:
        base = self._base()
        entry = f"The entry point '{name}' in group '{self.package}'"
        if not (inspect.isclass(loaded) and issubclass(loaded, base)):
            raise WorkbenchError(
                f"{entry} must name a subclass of {base.__module__}.{base.__name__}, "
                f"found {loaded!r}."
            )
        own_name = getattr(loaded, "name", None)
        if callable(own_name) and own_name() != name:
            raise WorkbenchError(
                f"{entry} names a {self.noun} that calls itself '{own_name()}'. Give both one "
                f"name: a {self.noun} is named after its file."
            )
        return loaded
