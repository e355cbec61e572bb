"""Rules that turn scores into "anomaly or not"; one file is one rule. They never refit."""

from workbench.core.catalog import Catalog
from workbench.thresholds.base import Rule, set_threshold

__all__ = ["RULES", "Rule", "set_threshold"]

#: All threshold rules: files of this room, and entry points in "workbench.thresholds".
RULES: Catalog[Rule] = Catalog("workbench.thresholds", "workbench.thresholds.base:Rule", "rule")
