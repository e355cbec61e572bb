"""Anomaly Workbench: what is odd in this data, since when, why, and who should know?

Everything that people need day to day is here; it is imported on first use.

>>> import workbench as wb
>>> found = wb.detect("sample:pump")
>>> found.detector
'discord'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.client.remote import connect as connect
    from workbench.core.errors import WorkbenchError as WorkbenchError
    from workbench.core.progress import Progress as Progress
    from workbench.workflow.benchmarking import benchmark as benchmark
    from workbench.workflow.comparing import compare as compare
    from workbench.workflow.comparison import Comparison as Comparison
    from workbench.workflow.contest import Contest as Contest
    from workbench.workflow.dataset import Dataset as Dataset
    from workbench.workflow.dataset import load as load
    from workbench.workflow.detecting import detect as detect
    from workbench.workflow.detection import Detection as Detection
    from workbench.workflow.labelling import label as label
    from workbench.workflow.large_dataset import scan as scan
    from workbench.workflow.learning import learn as learn
    from workbench.workflow.listing import catalog as catalog
    from workbench.workflow.model import Model as Model
    from workbench.workflow.monitoring import LiveMonitor as LiveMonitor
    from workbench.workflow.monitoring import monitor as monitor
    from workbench.workflow.monitoring import stream as stream
    from workbench.workflow.reporting import report as report
    from workbench.workflow.saving import open_model as open
    from workbench.workflow.saving import save as save
    from workbench.workflow.tuned import Tuning as Tuning
    from workbench.workflow.tuning import tune as tune

__all__ = [
    "Comparison",
    "Contest",
    "Dataset",
    "Detection",
    "LiveMonitor",
    "Model",
    "Progress",
    "Tuning",
    "WorkbenchError",
    "benchmark",
    "catalog",
    "compare",
    "connect",
    "detect",
    "label",
    "learn",
    "load",
    "monitor",
    "open",
    "report",
    "save",
    "scan",
    "stream",
    "tune",
]

_WHERE = {
    "Comparison": "workflow.comparison:Comparison",
    "Contest": "workflow.contest:Contest",
    "Dataset": "workflow.dataset:Dataset",
    "Detection": "workflow.detection:Detection",
    "LiveMonitor": "workflow.monitoring:LiveMonitor",
    "Model": "workflow.model:Model",
    "Progress": "core.progress:Progress",
    "Tuning": "workflow.tuned:Tuning",
    "WorkbenchError": "core.errors:WorkbenchError",
    "benchmark": "workflow.benchmarking:benchmark",
    "catalog": "workflow.listing:catalog",
    "compare": "workflow.comparing:compare",
    "connect": "client.remote:connect",
    "detect": "workflow.detecting:detect",
    "label": "workflow.labelling:label",
    "learn": "workflow.learning:learn",
    "load": "workflow.loading:load",
    "monitor": "workflow.monitoring:monitor",
    "open": "workflow.saving:open_model",
    "report": "workflow.reporting:report",
    "save": "workflow.saving:save",
    "scan": "workflow.large_dataset:scan",
    "stream": "workflow.monitoring:stream",
    "tune": "workflow.tuning:tune",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("anomaly-workbench")
    if name not in _WHERE:
        from workbench.core.errors import suggest

        raise AttributeError(f"workbench has no '{name}'.{suggest(name, __all__)}")
    from importlib import import_module

    module, _, attribute = _WHERE[name].partition(":")
    value = getattr(import_module(f"workbench.{module}"), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
