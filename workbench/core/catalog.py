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
#: More names than one reads in a message.
MOST_NAMES = 15
#: Where all of them are shown, for catalogs that grow long.
LISTED_BY = {"detector": "wb.catalog(), or `workbench detectors` in a terminal"}


class Catalog(Generic[T]):
    """Lists plug-ins without importing them, and hands out the class behind a name.

    Every module of ``package`` whose name does not begin with an underscore is a plug-in;
    it holds exactly one public subclass of ``contract``. Outsiders add theirs with an entry
    point in the group named like the package (``workbench.detectors``).

    A module named in ``families`` brings many plug-ins of one library instead: its ``MEMBERS``
    maps short names to classes, and they are called ``library:short``, as in ``pyod:abod``. A
    plain name means our own file of that name, else the one member with that short name.

    Parameters
    ----------
    package : str
        Dotted name of the room, for example ``"workbench.detectors"``.
    contract : str
        Dotted name of the base class, ``"module:Class"``. It is imported on first use.
    noun : str
        What a plug-in is called in messages.
    families : tuple of str
        Modules of the package that hold a family. They are imported to list their members, so
        that they must import nothing heavy themselves.

    Examples
    --------
    >>> detectors = Catalog("workbench.detectors", "workbench.detectors.base:Detector", "detector")
    >>> "iforest" in detectors.names()
    True
    """

    def __init__(
        self, package: str, contract: str, noun: str, families: tuple[str, ...] = ()
    ) -> None:
        self.package = package
        self.noun = noun
        self.families = families
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
            and found.name not in self.families
            and f"{self.package}.{found.name}" != own_contract
        }

    @cached_property
    def _outsiders(self) -> dict[str, metadata.EntryPoint]:
        return {point.name: point for point in metadata.entry_points(group=self.package)}

    @cached_property
    def _members(self) -> dict[str, type[T]]:
        return {
            f"{family}:{short}": member
            for family in self.families
            for short, member in importlib.import_module(f"{self.package}.{family}").MEMBERS.items()
        }

    def names(self) -> list[str]:
        """Return the names of all plug-ins: plain ones, then ``library:short``, each sorted.

        No plug-in's file is imported, only the lists of the families.
        """
        plain = {*self._modules, *self._outsiders}
        return sorted({*plain, *self._members}, key=lambda name: (":" in name, name))

    def resolve(self, name: str) -> str:
        """Return the full name behind ``name``: ``abod`` finds ``pyod:abod``.

        Raises
        ------
        UnknownName
            No plug-in has this name, or several libraries have it.
        """
        if name in self._modules or name in self._outsiders or name in self._members:
            return name
        shorts: dict[str, list[str]] = {}
        for full in self._members:
            shorts.setdefault(full.partition(":")[2], []).append(full)
        found = shorts.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownName(f"'{name}' could be {' or '.join(found)}. Give the full name.")
        raise UnknownName(self._unknown(name, shorts))

    def _unknown(self, name: str, shorts: dict[str, list[str]]) -> str:
        """Return what to say of a mistyped name: the nearest, and all or where all are listed."""
        plain = sorted({*self._modules, *self._outsiders})
        long = len(plain) > MOST_NAMES and self.noun in LISTED_BY
        most = 3 if long else 1
        near = suggest(name, plain, most) or suggest(name, [*shorts, *self._members], most)
        told = f"There is no {self.noun} '{name}'.{near}"
        if long:
            return f"{told} All {len(self.names())}: {LISTED_BY[self.noun]}."
        more = "".join(f", {family}:…" for family in self.families)
        return f"{told} Known: {', '.join(plain)}{more}."

    def get(self, name: str) -> type[T]:
        """Return the plug-in class behind ``name``.

        Raises
        ------
        UnknownName
            No plug-in has this name; the message proposes the nearest one.
        WorkbenchError
            The plug-in's file breaks the rule "exactly one public class of the contract".
        """
        name = self.resolve(name)
        if name in self._modules:
            return self._only_class(name)
        if name in self._members:
            return self._checked(name, self._members[name])
        return self._checked(name, self._outsiders[name].load())

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
        where = "member of a family" if name in self._members else "entry point"
        entry = f"The {where} '{name}' in group '{self.package}'"
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
