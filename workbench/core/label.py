"""What a person said about a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from workbench.core.errors import ParameterError

__all__ = ["VERDICTS", "Label"]

#: What can be said of a row.
VERDICTS = ("anomaly", "normal", "unsure")


@dataclass(frozen=True)
class Label:
    """One person's word on one row; a later word on the same row takes its place.

    Attributes
    ----------
    row : int
        Position in the data.
    verdict : {"anomaly", "normal", "unsure", ""}
        Empty takes back what was said before.
    author : str
    time : datetime.datetime
        When it was said, in UTC.
    comment : str
        Why, in their own words.
    tag : str
        A kind of anomaly ("leak"), to count and filter by.

    Raises
    ------
    ParameterError
        The verdict is none of these.
    """

    row: int
    verdict: str
    author: str
    time: datetime
    comment: str = ""
    tag: str = ""

    def __post_init__(self) -> None:
        if self.verdict and self.verdict not in VERDICTS:
            raise ParameterError(
                f"A label is one of {', '.join(VERDICTS)}; found {self.verdict!r}."
            )
