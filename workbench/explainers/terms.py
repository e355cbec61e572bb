"""Which terms of a text make it stand out: its score with and without each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

__all__ = ["term_parts"]

#: Terms of one text that are looked at: a report of many pages is not scored a thousand times.
MOST_TERMS = 200


def term_parts(
    score: Callable[[list[Mapping[str, int]]], np.ndarray], counts: Mapping[str, int]
) -> list[tuple[str, float]]:
    """Return how much the score falls where a term is left out, for each term, the most first.

    Terms say much together that none says alone: the parts need not add up to anything.

    Parameters
    ----------
    score : callable
        From texts, given by how often they hold each term, to scores of shape (n,).
    counts : mapping of str to int
        Of the text to explain, in the order of its terms; the first 200 are looked at.

    References
    ----------
    Li, Monroe, Jurafsky: Understanding neural networks through representation erasure, 2016.

    Examples
    --------
    >>> def count_dragons(texts):
    ...     return np.array([text.get("dragon", 0) for text in texts])
    >>> term_parts(count_dragons, {"the": 1, "dragon": 2, "and": 1})[0]
    ('dragon', 2.0)
    """
    terms = list(counts)[:MOST_TERMS]
    without = [{one: count for one, count in counts.items() if one != term} for term in terms]
    scores = score([counts, *without])
    falls = [float(scores[0] - fallen) for fallen in scores[1:]]
    return sorted(zip(terms, falls, strict=True), key=lambda part: -part[1])
