"""What people write, with its Markdown: no tag of theirs, and nothing that runs or is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from workbench.core.wording import html

__all__ = ["markdown"]

MOST = 20_000
_MENTION = re.compile(r"(?<![\w@.&;/])@([\w.-]{1,80})")


@cache
def _reader() -> Any:
    from markdown_it import MarkdownIt

    # Tags stay text; pictures would be fetched from wherever they lie.
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")


def markdown(text: str, names: Iterable[str] = ()) -> str:
    r"""Return text as HTML that is safe to show; mentions of known people are marked.

    Parameters
    ----------
    text : str
    names : iterable of str
        Of people who can be mentioned.

    Examples
    --------
    >>> markdown("**leak** <b>")
    '<p><strong>leak</strong> &lt;b&gt;</p>\n'
    """
    try:
        made = str(_reader().render(text[:MOST]))
    except ImportError:
        return f"<p>{html(text, MOST)}</p>"
    known = set(names)

    def mention(found: re.Match[str]) -> str:
        return f"<b>@{html(found[1])}</b>" if found[1] in known else found[0]

    # Only between tags: an address in a link stays as it is.
    parts = re.split(r"(<[^>]*>)", made)
    marked = [one if one.startswith("<") else _MENTION.sub(mention, one) for one in parts]
    return "".join(marked).replace("<a href", '<a rel="noopener noreferrer nofollow" href')
