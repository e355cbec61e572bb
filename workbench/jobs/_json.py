"""What a job is ordered with and what it gives back is JSON, and no more of it than fits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.core.errors import ParameterError

__all__ = ["MOST_PARAMS", "MOST_RESULT", "as_json"]

#: Characters of JSON: what is larger lies in a file or a table, and is named.
MOST_PARAMS, MOST_RESULT = 100_000, 5_000_000


def as_json(what: str, value: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Return a mapping as JSON will give it back.

    Parameters
    ----------
    what : str
        What it is, for the message.
    value : mapping
    most : int
        Characters that it may have.

    Raises
    ------
    ParameterError
        It is no JSON object, or too long.

    Examples
    --------
    >>> as_json("result", {"rows": (1, 2)}, 100)
    {'rows': [1, 2]}
    """
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"The {what} of a job must be a mapping, found {type(value).__name__}."
        )
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ParameterError(f"The {what} of a job must be JSON: {error}.") from error
    if len(text) > most:
        raise ParameterError(
            f"The {what} of a job may have {most:,} characters of JSON, found {len(text):,}. "
            "Keep what is large in a file or a table, and name it here."
        )
    told: dict[str, Any] = json.loads(text)
    return told
