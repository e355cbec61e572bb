"""Rules that find in scored points what is worth telling; one file is one rule."""

from workbench.alerts.rules.base import Rule, make_rule
from workbench.core.catalog import Catalog

__all__ = ["RULES", "USUAL", "Rule", "make_rule"]

#: All rules: files of this room, and entry points in "workbench.alerts.rules".
RULES: Catalog[Rule] = Catalog("workbench.alerts.rules", "workbench.alerts.rules.base:Rule", "rule")
#: What a monitor tells of when nobody said.
USUAL = ({"rule": "anomaly"}, {"rule": "missing"}, {"rule": "stuck"})
