"""What ``wb.tune`` gives: all trials, what mattered, and what the best one finds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.core.trial import Trial

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workflow.detection import Detection

__all__ = ["Tuning"]


@dataclass(frozen=True, eq=False)
class Tuning:
    """A search for a detector and its parameters.

    Attributes
    ----------
    trials : tuple of Trial
        In the order in which they were begun.
    best : Trial
        The one with the highest value.
    detection : Detection
        What the best one finds, fitted anew on all data.
    measure : str
        What the values are.
    surrogate : bool
        Whether they say something else than accuracy, for want of labels.
    words : str
        What the values are, and what they are not.
    notices : tuple of str
        What was left out or cut short, and why.
    options : dict
        What was given to ``wb.tune``.
    """

    trials: tuple[Trial, ...]
    best: Trial
    detection: Detection
    measure: str
    surrogate: bool
    words: str
    notices: tuple[str, ...] = ()
    options: dict[str, Any] | None = None

    @property
    def detector(self) -> str:
        """The detector of the best trial."""
        return self.best.detector

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the best trial; the others have their defaults."""
        return dict(self.best.params)

    @property
    def value(self) -> float:
        """The value of the best trial, in [0, 1]."""
        return float(self.best.value or 0.0)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One line a trial, the best first; pruned and failed ones last."""
        import pandas as pd

        lines = [
            {
                "trial": one.number,
                "detector": one.detector,
                "params": ", ".join(f"{name}={_short(item)}" for name, item in one.params.items()),
                "state": one.state,
                "value": float("nan") if one.value is None else one.value,
                "seconds": one.seconds,
                "reason": one.reason,
            }
            for one in sorted(self.trials, key=_order)
        ]
        return pd.DataFrame(lines).set_index("trial")

    @cached_property
    def importance(self) -> pd.DataFrame:
        """What the values hung on: first the choice of the detector, then each one's parameters.

        The first ``share`` is that of the variance between detectors; those of parameters (by
        fANOVA) are of the variance within their detector, where it was tried often enough.
        """
        import pandas as pd

        from workbench.tuning.search import importance

        columns = ["detector", "parameter", "share", "trials"]
        return pd.DataFrame(importance(self.trials), columns=columns)

    @property
    def code(self) -> str:
        """Python lines that search again, and those that only repeat the best."""
        from workbench.workflow.code import tuning_code

        return tuning_code(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python values, ready for JSON."""
        from workbench.workflow.exporting import plain

        told = {
            "measure": self.measure,
            "surrogate": self.surrogate,
            "words": self.words,
            "best": _shown(self.best),
            "trials": [_shown(one) for one in self.trials],
            "importance": self.importance.to_dict("records"),
            "notices": list(self.notices),
            "code": self.code,
        }
        return dict(plain(told))

    def __repr__(self) -> str:
        head = f"{self._headline}\n{self.words}"
        told = "".join(f"\n{notice}" for notice in self.notices)
        return f"{head}{told}\n{self.table.drop(columns='reason').head(10)}"

    def _repr_html_(self) -> str:
        table = self.table.head(10).to_html(float_format="{:.3f}".format, na_rep="", escape=True)
        shares = self.importance.to_html(index=False, float_format="{:.2f}".format, escape=True)
        told = "".join(f"<li>{escape(notice)}</li>" for notice in self.notices)
        more = f"<p>What mattered:</p>{shares}" if len(self.importance) else ""
        listed = f"<ul>{told}</ul>" if told else ""
        return (
            f"<p><strong>{escape(self._headline)}</strong></p><p>{escape(self.words)}</p>"
            f"{listed}{table}{more}<pre>{escape(self.code)}</pre>"
        )

    @property
    def _headline(self) -> str:
        given = ", ".join(f"{name}={_short(item)}" for name, item in self.params.items())
        done = sum(one.state == "done" for one in self.trials)
        return (
            f"{self.detector}({given}) is the best of {done} finished trials: "
            f"{self.measure} {self.value:.3f}"
        )


def _order(trial: Trial) -> tuple[bool, float, int]:
    value = -1.0 if trial.value is None else trial.value
    return (trial.state != "done", -value, trial.number)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


def _shown(trial: Trial) -> dict[str, Any]:
    return {**vars(trial), "parts": list(trial.parts)}
