"""Writes one page a detector into ``docs/reference/detectors`` before the pages are read.

Words come from the docstring and tags of the detector, pictures from detector_figures. The
pages are not kept in git; one that says the same as before is not written again.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from detector_figures import code_mark, draw
from sphinx.application import Sphinx
from sphinx.util import logging

PAGES = Path(__file__).parents[1] / "reference" / "detectors"
MADE = "<!-- made by docs/_extensions/detector_pages.py: change the docstring instead -->"

Sections = dict[str, list[str]]


def slug(name: str) -> str:
    """Return the name of a detector's page."""
    return name.replace(":", "-")


def sections(kind: type) -> Sections:
    """Return the parts of a numpydoc docstring by their heading; "" is what stands first."""
    found: Sections = {"": []}
    lines = (inspect.getdoc(kind) or "").splitlines()
    heading = ""
    for place, line in enumerate(lines):
        after = lines[place + 1] if place + 1 < len(lines) else ""
        if line and set(after) == {"-"} and len(after) >= len(line):
            heading = line
            found[heading] = []
        elif not (line and set(line) == {"-"} and heading):
            found[heading].append(line)
    return found


def parameters(lines: list[str]) -> dict[str, tuple[str, str]]:
    """Return type and meaning of each parameter of a numpydoc section."""
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line in lines:
        head = re.match(r"(\w+(?:, \w+)*) ?(?:: ?(.*))?$", line)
        if head:
            names = head[1].split(", ")
            found |= dict.fromkeys(names, (head[2] or "", ""))
        elif line.strip():
            for name in names:
                kind, meaning = found[name]
                found[name] = (kind, f"{meaning} {line.strip()}".strip())
    return found


def page(name: str, kind: Any, pictures: tuple[Path, Path, str] | None) -> str:
    """Return the page of a detector as Markdown; without pictures where it could not be run."""
    told, tags = sections(kind), kind.tags
    words = "\n".join(told[""]).strip()
    parts = [MADE, f"# {name}", _markdown(words)]
    if pictures is not None:
        light, dark, shown = pictures
        parts += [_picture(light, "only-light", shown), _picture(dark, "only-dark", shown)]
    parts.append(_facts(name, tags))
    parts.append("## Parameters")
    parts.append(_parameters(kind, parameters(told.get("Parameters", []))))
    parts.append("## Example")
    parts.append(f"```python\nfound = wb.detect(data, {name!r})\n```")
    if "Examples" in told:
        parts.append("As an estimator:")
        parts.append("```pycon\n" + _example(kind, told["Examples"]) + "\n```")
    parts.append("## Described in")
    parts.append(_markdown(" ".join(told.get("References", [tags.paper])).strip()))
    return "\n\n".join(parts) + "\n"


def _markdown(text: str) -> str:
    text = re.sub(r"``(.+?)``", r"`\1`", text)
    return re.sub(r":(?:class|func|meth|attr):`~?([^`]+)`", r"`\1`", text)


def _picture(path: Path, theme: str, shown: str) -> str:
    place = f"/_build/figures/{path.name}"
    return f"```{{image}} {place}\n:class: {theme}\n:alt: {shown}\n:width: 520px\n```"


def _facts(name: str, tags: Any) -> str:
    kinds = ", ".join(tags.kinds)
    if tags.kinds == ("tabular",):
        kinds += " (on a series it sees windows)"
    exact = "yes: its parts are the very terms of the score" if tags.exact else "no"
    facts = {
        "good at": tags.good_at,
        "made for": kinds,
        "scores": tags.scores if tags.scores != "rows" else "",
        "cost": tags.cost,
        "from": tags.library,
        "exact explanation": exact,
        "learns row by row": "yes, in bounded memory" if tags.online else "no",
        "fewest rows": tags.min_rows,
        "depends on a seed": "yes, `random_state`" if tags.seeded else "no",
        "on the command line": f"`workbench detect FILE --detector {name}`",
    }
    lines = [f":{key}: {_markdown(str(item))}" for key, item in facts.items() if item != ""]
    return "\n".join([":::{container} facts", "", *lines, ":::"])


def _cell(item: Any) -> str:
    return _markdown(str(item)).replace("|", "\\|").replace("*", "\\*").replace("\n", " ")


def _parameters(kind: Any, told: dict[str, tuple[str, str]]) -> str:
    defaults = kind.defaults()
    if not defaults:
        return "It has none."
    theirs = _library_words(kind)
    lines = ["| parameter | default | meaning |", "| --- | --- | --- |"]
    for name, value in defaults.items():
        sort, meaning = told.get(name, ("", ""))
        if sort.startswith("default"):
            sort = ""
        text = " ".join(part for part in (meaning, theirs.get(name, "")) if part)
        said = f"{sort}. {text}" if sort else text
        lines.append(f"| `{name}` | `{_cell(repr(value))}` | {_cell(said)} |")
    return "\n".join(lines)


def _library_words(kind: Any) -> dict[str, str]:
    """Return the first sentence that a library says about each parameter of its class.

    Nothing where an extra brings the library: these pages are made without.
    """
    member = getattr(kind, "member", None)
    if member is None or kind.tags.extra:
        return {}
    import importlib

    module, _, label = member.source.partition(":")
    source = getattr(importlib.import_module(module), label)
    found = parameters(sections(source).get("Parameters", []))
    words = {}
    for name, (_, meaning) in found.items():
        sentence = re.split(r"(?<=[a-z0-9)`])\.(?:\s|$)| - | \* |::", meaning)[0].strip()
        # A sentence cut by its length would tell half a truth: then the reader goes there.
        if sentence and len(sentence) < 240:
            words[name] = f"There: “{sentence.rstrip('.')}.”"
    return words


def _example(kind: Any, lines: list[str]) -> str:
    text = "\n".join(lines).strip()
    before = []
    if re.search(r"\bnp\.", text) and "import numpy" not in text:
        before.append(">>> import numpy as np")
    if kind.__name__ in text and "import " + kind.__name__ not in text:
        before.append(f">>> from {kind.__module__} import {kind.__name__}")
    return "\n".join([*before, text])


def write_pages(app: Sphinx) -> None:
    """Write the page of every detector, and remove those of detectors that are gone."""
    from workbench.detectors import DETECTORS

    PAGES.mkdir(exist_ok=True)
    mark = code_mark()
    kept = set()
    for name in DETECTORS.names():
        kind = DETECTORS.get(name)
        path = PAGES / f"{slug(name)}.md"
        kept.add(path)
        text = page(name, kind, draw(name, kind, mark))
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    for path in set(PAGES.glob("*.md")) - kept:
        path.unlink()
    logging.getLogger(__name__).info("wrote the pages of %d detectors", len(kept))


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages before Sphinx looks for sources."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
