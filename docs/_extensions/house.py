"""Tables and listings that the pages take from the code, so that they cannot go stale.

``{catalog} detectors`` and ``{catalog} thresholds`` list plug-ins; ``{command} detect`` lists
the arguments and options of a command; ``{members} detection`` lists the members of a document.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def _cell(value: Any) -> str:
    return str(value).replace("``", "`").replace("|", "\\|").replace("*", "\\*").replace("\n", " ")


def _table(head: list[str], lines: list[list[Any]]) -> str:
    rows = [head, ["---"] * len(head), *([_cell(cell) for cell in line] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _first_line(item: Any) -> str:
    return (inspect.getdoc(item) or "").partition("\n")[0]


def detectors() -> str:
    """Return a table of all detectors; each name leads to its page."""
    import workbench as wb

    choice = [
        [
            f"[{line['name']}](detectors/{line['name'].replace(':', '-')}.md)",
            line["kinds"],
            line["good_at"],
            line["cost"],
            line["library"],
            "yes" if line["exact_explanation"] else "no",
            "yes" if line["online"] else "no",
            f"`{line['extra']}`" if line["extra"] else "",
        ]
        for line in wb.catalog().to_dict("records")
    ]
    head = ["name", "made for", "good at", "cost", "from", "exact explanation", "online", "extra"]
    return _table(head, choice)


def left_out() -> str:
    """Return a table of libraries' detectors that are not in the catalog, with the reasons."""
    from workbench.detectors import pygod, pyod

    lines = [[f"`pyod:{name}`", why] for name, why in pyod.LEFT_OUT.items()]
    lines += [[f"`pygod:{name}`", why] for name, why in pygod.LEFT_OUT.items()]
    return _table(["of PyOD and PyGOD", "why it is not here"], lines)


def thresholds() -> str:
    """Return a table of the rules and their parameters."""
    from workbench.thresholds import RULES

    lines = []
    for name in RULES.names():
        kind = RULES.get(name)
        params = [
            f"`{key}`" + ("" if item.default is item.empty else f" = {item.default}")
            for key, item in inspect.signature(kind).parameters.items()
        ]
        lines.append([f"`{name}`", _first_line(kind), ", ".join(params)])
    return _table(["name", "what it does", "parameters"], lines)


def sources() -> str:
    """Return a table of the sources and what they read."""
    from workbench.sources import catalog

    lines = []
    for name in catalog().names():
        kind = catalog().get(name)
        reads = [f"`{ending}`" for ending in kind.suffixes if ending.count(".") == 1]
        reads += [f"`{scheme}:`" for scheme in kind.schemes]
        lines.append([f"`{name}`", _first_line(kind), " ".join(reads)])
    return _table(["name", "what it does", "reads"], lines)


def channels() -> str:
    """Return a table of the channels, their settings, and which of these are secret."""
    from workbench.alerts.channels import CHANNELS
    from workbench.alerts.channels.base import parameters_of

    lines = []
    for name in CHANNELS.names():
        kind = CHANNELS.get(name)
        known = [f"`{one}`" + (" (secret)" if one in kind.secrets else "")
                 for one in parameters_of(kind)]  # fmt: skip
        lines.append([f"`{name}`", _first_line(kind), ", ".join(known) or "none"])
    return _table(["name", "what it does", "settings"], lines)


def members(name: str) -> str:
    """Return a table of the members of a document, from its schema."""
    from workbench.cli.schemas import read_schema

    lines: list[list[Any]] = []

    def list_members(part: dict[str, Any], place: str) -> None:
        for key, item in part.get("properties", {}).items():
            kind = item.get("type", "one of a few" if "enum" in item else "text")
            kinds = "any" if isinstance(kind, list) and len(kind) > 4 else kind
            shown = " or ".join(kinds) if isinstance(kinds, list) else kinds
            needed = "" if key in part.get("required", []) else "optional; "
            lines.append([f"`{place}{key}`", shown, needed + item.get("description", "")])
            list_members(item, f"{place}{key}.")
            list_members(item.get("items", {}), f"{place}{key}[].")

    list_members(read_schema(name), "")
    return _table(["member", "type", "meaning"], lines)


def command(name: str) -> str:
    """Return usage, arguments and options of a command of the ``workbench`` program."""
    import typer

    from workbench.cli.app import app

    tree: Any = typer.main.get_command(app)
    told: Any = tree
    for word in name.split():  # "users create" is a command of a group
        told = told.commands[word]
    arguments = [item for item in told.params if item.param_type_name == "argument"]
    options = [item for item in told.params if item.param_type_name == "option"]
    usage = " ".join([f"workbench {name}", *(_metavar(item) for item in arguments)])
    lines = [[f"`{_metavar(item)}`", item.help or ""] for item in arguments]
    lines += [[f"`{_spelled(item)}`", _meaning(item)] for item in options]
    lines.append(["`--help`, `-h`", "Show the command's help and exit."])
    summary = _first_line(told.callback)
    return f"{summary}\n\n```text\n{usage} [OPTIONS]\n```\n\n{_table(['', ''], lines)}"


def _metavar(item: Any) -> str:
    return str(item.metavar or item.name.upper())


def _spelled(item: Any) -> str:
    spelled = ", ".join([*item.opts, *item.secondary_opts])
    if item.is_flag:
        return spelled
    return f"{spelled} {item.metavar or ('N' if isinstance(item.default, int) else 'TEXT')}"


def _meaning(item: Any) -> str:
    words = item.help or ""
    if item.required:
        return f"{words} Must be given."
    plain = item.default not in (None, False, True, ())
    return f"{words} Default: `{item.default}`." if plain else words


class _Listing(SphinxDirective):
    """Puts Markdown that the code wrote into the page."""

    required_arguments = 1
    made: ClassVar[Any]

    def run(self) -> list[nodes.Node]:
        text = type(self).made(self.arguments[0])
        made = self.parse_text_to_nodes(text, allow_section_headings=False)
        for node in made:
            for table in node.findall(nodes.table):
                table["classes"].append(
                    f"listing-{self.arguments[0].replace(' ', '-')}"
                )  # for scripts and styles
        return made


class CatalogListing(_Listing):
    made = staticmethod(
        lambda name: {
            "detectors": detectors,
            "left_out": left_out,
            "thresholds": thresholds,
            "sources": sources,
            "channels": channels,
        }[name]()
    )


class CommandListing(_Listing):
    final_argument_whitespace = True  # "users create"
    made = staticmethod(command)


class MemberListing(_Listing):
    made = staticmethod(members)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("catalog", CatalogListing)
    app.add_directive("command", CommandListing)
    app.add_directive("members", MemberListing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
