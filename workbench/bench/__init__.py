"""Benchmarks: labelled files of a collection, how they are judged, and what the figures allow.

One file is one suite, a kind of collection. Running them is ``workflow.benchmarking``.
"""

from __future__ import annotations

from workbench.bench.base import Case, Suite
from workbench.core.catalog import Catalog

__all__ = ["SUITES", "Case", "Suite"]

SUITES: Catalog[Suite] = Catalog("workbench.bench", "workbench.bench.base:Suite", "suite")
