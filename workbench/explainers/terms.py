"""Which terms of a text make it stand out: its score with and without each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

__all__ = ["term_parts"]

#: Terms of one text that are looked at: a report of many pages is not scored a thousand times.
MOST_TERMS = 200


def term_parts(
    score: Callable[[list[list[str]]], np.ndarray], tokens: Sequence[str]
) -> list[tuple[str, float]]:
    """Return how much the score falls where a term is left out, for each term, the most first.

    Terms say much together that none says alone: the parts need not add up to anything.

    Parameters
    ----------
    score : callable
        From texts, given by their terms, to scores of shape (n,).
    tokens : sequence of str
        Terms of the text to explain, in their order; the first 200 different ones are looked at.

    References
    ----------
    Li, Monroe, Jurafsky: Understanding neural networks through representation erasure, 2016.

    Examples
    --------
    >>> def count_dragons(texts):
    ...     return np.array([text.count("dragon") for text in texts])
    >>> term_parts(count_dragons, ["the", "dragon", "and", "a", "dragon"])[0]
    ('dragon', 2.0)
    """
    terms = list(dict.fromkeys(tokens))[:MOST_TERMS]
    texts = [[token for token in tokens if token != term] for term in terms]
    scores = score([list(tokens), *texts])
    falls = [float(scores[0] - without) for without in scores[1:]]
    return sorted(zip(terms, falls, strict=True), key=lambda part: -part[1])
