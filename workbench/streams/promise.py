"""What can be promised about false alarms, and what speaks against promising it."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from workbench.streams.scoring import Scorer

__all__ = ["Promise"]

#: Seconds for which a look at the reference is good.
FRESH = 5.0
#: Entities whose reference is looked at; a guarantee for many would need to ask all.
MOST = 50


class Promise:
    """Says how many of a monitor's alarms are expected to be false, or why that is not known.

    The promise rests on the newest scores being exchangeable: no drift among them, neighbours not
    alike. Where a check of that fails, it is withheld, with the reason.

    Parameters
    ----------
    scorer : Scorer
    """

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        self._looked, self._told = float("-inf"), {}  # type: tuple[float, dict[str, Any]]

    def told(self) -> dict[str, Any]:
        """Return ``promise``, ``withheld`` and ``rests_on`` in sentences, where it is asked for."""
        if self._scorer.judging.rule not in ("fdr", "p_value"):
            return {}
        now = time.monotonic()
        if now - self._looked > FRESH:
            self._looked, self._told = now, self._look()
        return self._told

    def _words(self) -> str:
        """Return what exactly is promised: each rule keeps another word."""
        judging, scorer = self._scorer.judging, self._scorer
        if judging.rule == "p_value":
            false = judging.rate * scorer.scored
            alarms = f"{scorer.flagged:,} alarms among {scorer.scored:,} records"
            return f"Of {alarms} at most {false:.3g} are expected to be false"
        share = f"at most {100 * judging.rate:.3g} % of the alarms are expected to be false"
        if judging.control == "bh":
            return f"In each batch of {judging.batch} records {share}"
        return share.capitalize()

    def _look(self) -> dict[str, Any]:
        from workbench.thresholds._conformal import doubts

        promise = self._words()
        rests = "The newest scores are exchangeable with those of normal records to come."
        newest = {
            name: scores
            for name, scores in list(self._scorer.newest().items())[:MOST]
            if len(scores)
        }
        if not newest:
            return {"promise": "", "withheld": "No record has been scored yet.", "rests_on": rests}
        for name, scores in newest.items():
            found = doubts(np.asarray(scores, dtype=float))
            if found:
                where = f" ({name})" if name else ""
                return {"promise": "", "withheld": f"{found[0]}{where}.", "rests_on": rests}
        return {"promise": f"{promise}.", "withheld": "", "rests_on": rests}
