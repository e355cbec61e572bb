"""Log lines as templates: what stays the same of a statement, with ``<*>`` where values stood."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["ANY", "Templates"]

#: What stands for a value.
ANY = "<*>"
#: Share of equal words from which two lines count as the same statement.
ALIKE = 0.5
#: Most templates that are learned; lines beyond are unlike any.
MOST_TEMPLATES = 5_000
#: Numbers with their units, dates, addresses, hexadecimal and other keys.
_VALUE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?\S*)?"
    r"|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|0[xX][0-9a-fA-F]+"
    r"|(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{8,}"
    r"|[-+]?\d+(?:[.,:]\d+)*(?:ms|us|ns|s|kB|KB|MB|GB|TB|B|%)?"
    r")(?![A-Za-z0-9])"
)


class Templates:
    """Learns the statements behind log lines, and finds the one behind a line.

    Values that look like ones (numbers, dates, addresses, keys) are masked first. Lines of as many
    words that begin with the same word, and have at least half of their words in common, are the
    same statement; the words that differ become ``<*>``.

    Parameters
    ----------
    known : iterable of str
        Templates that were learned before.

    References
    ----------
    He, Zhu, Zheng, Lyu: Drain: an online log parsing approach with fixed depth tree, ICWS 2017.

    Examples
    --------
    >>> found = Templates()
    >>> for line in ["user ann logged in after 3 s", "user bob logged in after 12 s"]:
    ...     found.learn(line)
    >>> found.known()
    ['user <*> logged in after <*> s']
    >>> found.of("user eve logged in after 7 s"), found.of("disk is full")
    ('user <*> logged in after <*> s', '')
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._groups: dict[tuple[int, str], list[list[str]]] = {}
        self._count = 0
        self._kept: dict[str, str] = {}
        for template in known:
            self._add(template.split())

    def __len__(self) -> int:
        return self._count

    def known(self) -> list[str]:
        """Return all templates, in the order in which they were found within their groups."""
        return [" ".join(words) for group in self._groups.values() for words in group]

    def learn(self, line: str) -> None:
        """Take in one line: it makes a template more general, or a new one."""
        masked = _masked(line)
        if masked in self._kept:
            return
        words = masked.split()
        self._kept[masked] = ""
        best, most = None, -1.0
        for template in self._groups.get(_group(words), ()):
            share = _in_common(template, words)
            if share >= ALIKE and share > most:
                best, most = template, share
        if best is None:
            self._add(words)
            return
        for place, (one, other) in enumerate(zip(best, words, strict=True)):
            if one != other:
                best[place] = ANY

    def of(self, line: str) -> str:
        """Return the template behind a line; an empty string where it is like none."""
        masked = _masked(line)
        found = self._kept.get(masked)
        if not found:
            words = masked.split()
            fitting = [
                template
                for template in self._groups.get(_group(words), ())
                if all(one in (ANY, other) for one, other in zip(template, words, strict=True))
            ]
            # The one that says most of the line, where several fit.
            fitting.sort(key=lambda known: known.count(ANY))
            found = " ".join(fitting[0]) if fitting else ""
            self._remember(masked, found)
        return found

    def _add(self, words: list[str]) -> None:
        if self._count < MOST_TEMPLATES:
            self._groups.setdefault(_group(words), []).append(list(words))
            self._count += 1

    def _remember(self, masked: str, found: str) -> None:
        if len(self._kept) > 10 * MOST_TEMPLATES:
            self._kept.clear()
        self._kept[masked] = found


def _masked(line: str) -> str:
    return _VALUE.sub(ANY, line.strip())


def _group(words: list[str]) -> tuple[int, str]:
    first = words[0] if words else ""
    return len(words), ANY if ANY in first else first


def _in_common(template: list[str], words: list[str]) -> float:
    """Return the share of words that are equal; two values say nothing."""
    equal = sum(one == other != ANY for one, other in zip(template, words, strict=True))
    telling = sum(word != ANY for word in words)
    return equal / telling if telling else 1.0
