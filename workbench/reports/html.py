"""A report as one HTML page that needs nothing else: nbconvert with a template of our own."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from workbench.core.extras import require
from workbench.reports.runner import WHY, Run

__all__ = ["render_html"]

#: Richest first. No widget, no script: what remains is true on paper too.
PRIORITY = ["text/html", "image/png", "text/markdown", "text/plain"]


def render_html(run: Run, *, template: str, title: str) -> str:
    """Return the page of an executed template; a failure stands on top of it.

    Parameters
    ----------
    run : Run
    template : str
        Its name, for the foot of the page.
    title : str
        For the browser's tab.

    Raises
    ------
    MissingExtra
        nbconvert is not installed.
    """
    require("nbconvert", extra="report", why=WHY)
    from nbconvert.exporters import TemplateExporter

    class Page(TemplateExporter):
        """Our page; not nbconvert's own, which parses megabytes of HTML once more."""

        output_mimetype = "text/html"

        def _file_extension_default(self) -> str:
            return ".html"

        def default_filters(self) -> Any:
            yield from super().default_filters()  # type: ignore[no-untyped-call]
            yield "markdown2html", _markdown
            yield "filter_data_type", _richest

    place = Path(str(resources.files("workbench.reports")))
    exporter = Page(  # type: ignore[no-untyped-call]
        template_name="page",
        template_file="index.html.j2",
        extra_template_basedirs=[str(place)],
    )
    page = {
        "title": title,
        "style": (place / "page" / "style.css").read_text(encoding="utf-8"),
        "failure": run.failure,
        "reached": _reached(run),
        "version": metadata.version("anomaly-workbench"),
        "template": template,
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
    text: str = exporter.from_notebook_node(run.notebook, resources={"page": page})[0]
    return text


def _richest(data: dict[str, Any]) -> list[str]:
    """Return the richest type that a page can show; nothing for a script."""
    return [kind for kind in PRIORITY if kind in data][:1]


def _markdown(source: str) -> str:
    """Return a template's words as HTML: tags in them are text, headings have no anchors."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    shown: str = MarkdownWithMath(renderer=renderer).render(source)
    return shown


def _reached(run: Run) -> int:
    """Return how many cells are shown: all, or those up to the one that failed."""
    cells = run.notebook["cells"]
    if run.failure is None:
        return len(cells)
    code = [place for place, cell in enumerate(cells) if cell["cell_type"] == "code"]
    return [place for place in code if cells[place]["source"].strip()][run.failure.step - 1]
