"""A piece of a report: HTML that runs nothing, the same in words, and figures for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.core.wording import html

__all__ = ["FACTS", "Piece", "cards", "fold", "join", "link", "listed", "paragraph", "table"]

#: MIME type under which a piece keeps its facts in the notebook.
FACTS = "application/vnd.workbench.facts+json"
#: Letters of a cell that stay on one line: a date with its time.
MOST_UNBROKEN = 20


@dataclass(frozen=True)
class Piece:
    """What a cell of a template shows; a notebook draws it, a terminal reads it.

    Attributes
    ----------
    markup : str
        HTML in which every foreign text is escaped.
    words : str
        The same as plain text.
    facts : dict
        Plain values for the summary beside the report.
    """

    markup: str
    words: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return self.words

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/html": self.markup, "text/plain": self.words}
        return bundle | ({FACTS: self.facts} if self.facts else {})


def join(pieces: Iterable[Piece]) -> Piece:
    """Return several pieces as one, below each other."""
    kept = [piece for piece in pieces if piece.markup]
    facts: dict[str, Any] = {}
    for piece in kept:
        facts |= piece.facts
    return Piece(
        "".join(piece.markup for piece in kept), "\n".join(piece.words for piece in kept), facts
    )


def paragraph(words: str, kind: str = "") -> Piece:
    """Return a paragraph; ``kind`` is a class of the page, such as "quiet" or "lead"."""
    shown = f' class="{kind}"' if kind else ""
    return Piece(f"<p{shown}>{html(words, 2_000)}</p>", words)


def cards(figures: Sequence[tuple[str, str, str]]) -> Piece:
    """Return leading figures: (what, figure, remark) side by side."""
    parts = [
        f'<div class="card"><dt>{html(what)}</dt><dd><strong>{html(figure, 60)}</strong>'
        f"<small>{html(remark, 120)}</small></dd></div>"
        for what, figure, remark in figures
    ]
    words = "; ".join(f"{what}: {figure} {remark}".strip() for what, figure, remark in figures)
    return Piece(f'<dl class="cards">{"".join(parts)}</dl>', words)


def table(
    head: Sequence[str], lines: Sequence[Sequence[str]], numeric: Sequence[int] = (), told: str = ""
) -> Piece:
    """Return a table of texts that scrolls sideways where it must.

    Parameters
    ----------
    head : sequence of str
    lines : sequence of sequences of str
    numeric : sequence of int
        Columns that stand to the right.
    told : str
        What the table is, for those who do not see it.
    """
    right = [place in numeric for place in range(len(head))]
    top = "".join(
        f'<th scope="col"{_mark(right[place], "")}>{html(name, 60)}</th>'
        for place, name in enumerate(head)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_mark(right[place], cell)}>{html(cell, 240)}</td>"
            for place, cell in enumerate(line)
        )
        + "</tr>"
        for line in lines
    )
    markup = (
        f'<div class="wide" role="region" tabindex="0" aria-label="{html(told or "table")}"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
    words = "\n".join(" | ".join(line) for line in [head, *lines])
    return Piece(markup, words)


def _mark(right: bool, cell: str) -> str:
    """Numbers stand to the right, and what is short is not broken at its hyphens."""
    kind = "number" if right else "short" if 0 < len(cell) <= MOST_UNBROKEN else ""
    return f' class="{kind}"' if kind else ""


def listed(lines: Sequence[tuple[str, str]]) -> Piece:
    """Return names with their values, one below the other."""
    items = "".join(f"<dt>{html(name)}</dt><dd>{html(item, 1_200)}</dd>" for name, item in lines)
    words = "\n".join(f"{name}: {item}" for name, item in lines)
    return Piece(f'<dl class="facts">{items}</dl>', words)


def link(address: str, words: str) -> Piece:
    """Return a way to a page; only an address of the web becomes one."""
    if not address.startswith(("https://", "http://")):
        return paragraph(words)
    shown = f'<p><a rel="noopener noreferrer" href="{html(address, 2_000)}">{html(words)}</a></p>'
    return Piece(shown, f"{words}: {address}")


def fold(title: str, piece: Piece) -> Piece:
    """Return a piece that is folded away on screen; on paper it is open."""
    markup = f"<details><summary>{html(title)}</summary>{piece.markup}</details>"
    return Piece(markup, f"{title}\n{piece.words}", piece.facts)
