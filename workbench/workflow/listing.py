"""``wb.catalog``: every detector as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["catalog"]


def catalog() -> pd.DataFrame:
    """Return every detector as one line: what it is for, where it is from, what it costs.

    Examples
    --------
    >>> import workbench as wb
    >>> bool((wb.catalog()["name"] == "iforest").any())
    True
    """
    import pandas as pd

    from workbench.detectors import DETECTORS

    lines = []
    for name in DETECTORS.names():
        kind = DETECTORS.get(name)
        tags = kind.tags
        lines.append(
            {
                "name": name,
                "kinds": ", ".join(tags.kinds),
                "good_at": tags.good_at,
                "cost": tags.cost,
                "library": tags.library,
                "exact_explanation": tags.exact,
                "online": tags.online,
                "extra": tags.extra,
                "paper": tags.paper,
                "parameters": ", ".join(f"{key}={value}" for key, value in kind.defaults().items()),
            }
        )
    return pd.DataFrame(lines)
