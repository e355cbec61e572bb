"""Texts as numbers: how rare their words are, how long they are, and what they are about."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from math import log2
from typing import Literal

import numpy as np
import scipy.sparse as sparse

from workbench.preparation.templates import Templates

__all__ = ["AFTER", "TextPlan", "learn_texts"]

Analyzer = Literal["words", "characters", "templates"]
#: Most terms that are known, and of these, most that themes are made of.
MOST_TERMS, THEME_TERMS = 20_000, 3_000
#: Themes that usual texts gather around.
THEMES = 4
#: Texts that are looked at to see what they are made of.
LOOKED_AT = 2_000
#: Lines are those of a log where they come from fewer templates than this share of them.
LOG_SHARE = 0.2
#: Fewer words a text than this, or longer ones: a script that puts no spaces between words.
FEW_WORDS, LONG_WORD = 2, 15
#: Between two templates of which one follows the other.
AFTER = "→"
#: Of the numbers of a text the first three count one way only: above what is typical.
ONE_WAY = 3
_WORD = re.compile(r"[^\W_]+")


@dataclass
class TextPlan:
    """How texts become numbers. Plain values only, so that it can be kept as JSON.

    The numbers are: the mean surprise of the terms in bits (Shannon's: rare terms surprise), the
    share of terms that no two texts of training hold, the cosine distance of the TF-IDF vector to
    the nearest theme (spherical k-means), and, for logs, the logarithm of the length. The first
    three are zero up to their median: a text of nothing but common words is not odd by its words.
    docs/adr/0028 has the figures behind this choice.

    Attributes
    ----------
    analyzer : {"words", "characters", "templates"}
        What a term is: a word; three characters in a row, where there are hardly any words; or a
        line's template and two templates in a row, for logs.
    terms : list of str
        Terms that two texts at least hold, the most frequent ones first.
    counts : list of int
        How many texts hold each.
    documents : int
        How many texts were learned from.
    themes : list of list of float
        One mean direction a line, over the first of the terms.
    centres, scales : list of float
        Of each number that a text becomes.
    templates : list of str
        What lines of a log are made of.
    """

    analyzer: Analyzer = "words"
    terms: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    documents: int = 0
    themes: list[list[float]] = field(default_factory=list)
    centres: list[float] = field(default_factory=list)
    scales: list[float] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        wide = min(len(self.terms), THEME_TERMS)
        if len(self.counts) != len(self.terms) or any(len(one) != wide for one in self.themes):
            raise ValueError("terms, counts and themes do not belong together")
        if any(len(one) not in (0, self.width()) for one in (self.centres, self.scales)):
            raise ValueError("centres and scales do not belong to the numbers of a text")

    def width(self) -> int:
        """Return how many numbers a text becomes."""
        return ONE_WAY + (self.analyzer == "templates")

    def count(self, text: str) -> Counter[str]:
        """Return how often a text holds each of its terms, known or not, in their order."""
        if self.analyzer == "templates":
            return Counter(_statements(text, self._reader))
        return Counter(_words(text) if self.analyzer == "words" else _characters(text))

    def encode(self, counted: Sequence[Mapping[str, int]]) -> np.ndarray:
        """Return the numbers of texts, given by the counts of their terms, (n, width)."""
        apart = self.raw(counted) - np.array(self.centres)
        apart[:, :ONE_WAY] = np.maximum(apart[:, :ONE_WAY], 0.0)
        return np.asarray(apart / np.array(self.scales))

    def raw(self, counted: Sequence[Mapping[str, int]]) -> np.ndarray:
        """Return the numbers before they are centred and scaled, (n, width)."""
        surprise = [_mean(self.bits(term) for term in counts) for counts in counted]
        unseen = [_mean(not self.knows(term) for term in counts) for counts in counted]
        near = self.vectors(counted) @ self._directions.T
        columns = [surprise, unseen, 1.0 - near.max(axis=1, initial=0.0)]
        if self.analyzer == "templates":
            columns.append(np.log1p([sum(counts.values()) for counts in counted]))
        return np.column_stack(columns)

    def vectors(self, counted: Sequence[Mapping[str, int]]) -> sparse.csr_matrix:
        """Return TF-IDF vectors of length one, (n, terms), from how often each term occurs."""
        from sklearn.preprocessing import normalize

        wide = min(len(self.terms), THEME_TERMS)
        found = [
            (row, at, 1.0 + np.log(count))
            for row, counts in enumerate(counted)
            for term, count in counts.items()
            if (at := self._places.get(term, wide)) < wide
        ]
        rows, columns, values = zip(*found, strict=True) if found else ((), (), ())
        weights = 1.0 + np.log((self.documents + 1.0) / (np.array(self.counts[:wide]) + 1.0))
        shape = (len(counted), wide)
        made = sparse.csr_matrix((values, (rows, columns)), shape, dtype=float)
        return normalize(made.multiply(weights).tocsr()) if wide else made

    def bits(self, term: str) -> float:
        """Return how surprising a term is: minus the logarithm of the share of texts with it."""
        at = self._places.get(term)
        held = 0 if at is None else self.counts[at]
        return -log2((held + 0.5) / (self.documents + 1.0))

    def knows(self, term: str) -> bool:
        """Tell whether at least two of the texts that were learned from hold a term."""
        return term in self._places

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: place for place, term in enumerate(self.terms)}

    @cached_property
    def _directions(self) -> np.ndarray:
        wide = min(len(self.terms), THEME_TERMS)
        return np.array(self.themes, dtype=float).reshape(len(self.themes), wide)

    @cached_property
    def _reader(self) -> Templates:
        return Templates(self.templates)


def learn_texts(texts: Sequence[str]) -> TextPlan:
    """Return how texts become numbers, learned from some that are usual.

    Parameters
    ----------
    texts : sequence of str

    Examples
    --------
    >>> plan = learn_texts(["the pump is warm", "the valve was shut", "a fan turns"] * 2)
    >>> plan.analyzer, plan.knows("pump"), plan.knows("dragon")
    ('words', True, False)
    """
    analyzer, reader = _analyzer(texts)
    plan = TextPlan(analyzer, documents=len(texts), templates=reader.known())
    counted = [plan.count(text) for text in texts]
    held = Counter(term for counts in counted for term in counts)
    known = [one for one in held.items() if one[1] > 1]
    known = sorted(known, key=lambda one: (-one[1], one[0]))[:MOST_TERMS]
    plan = replace(plan, terms=[term for term, _ in known], counts=[count for _, count in known])
    plan = replace(plan, themes=_themes(plan.vectors(counted)))
    centres, scales = _spread(plan.raw(counted))
    return replace(plan, centres=centres, scales=scales)


def _themes(vectors: sparse.csr_matrix) -> list[list[float]]:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.preprocessing import normalize

    few = vectors[_evenly(vectors.shape[0])]
    if min(few.shape) < 1:
        return []
    model = KMeans(min(THEMES, few.shape[0]), n_init=1, random_state=0)
    with warnings.catch_warnings():  # fewer different texts than themes
        warnings.simplefilter("ignore", ConvergenceWarning)
        means = model.fit(few).cluster_centers_
    # Six digits are kept: what is saved gives the same numbers as what was learned.
    return [[round(float(value), 6) for value in theme] for theme in normalize(means)]


def _spread(raw: np.ndarray) -> tuple[list[float], list[float]]:
    """Return where the numbers lie, and how far they reach: their 5-95 % range."""
    centres = np.median(raw, axis=0)
    low, high = np.percentile(raw, [5.0, 95.0], axis=0)
    low[:ONE_WAY] = centres[:ONE_WAY]
    widest = np.ptp(raw, axis=0)
    scales = np.where(high > low, high - low, np.where(widest > 0.0, widest, 1.0))
    return centres.tolist(), scales.tolist()


def _analyzer(texts: Sequence[str]) -> tuple[Analyzer, Templates]:
    """Return what terms are, and the templates if they are those of a log."""
    few = [texts[at] for at in _evenly(len(texts))]
    lines = [line for text in few for line in _lines(text)]
    reader = Templates()
    for line in lines:
        reader.learn(line)
    if len(reader) <= LOG_SHARE * len(lines):
        for line in (line for text in texts for line in _lines(text)):
            reader.learn(line)
        return "templates", reader
    words = [_words(text) for text in few]
    long = np.median([len(word) for one in words for word in one] or [0])
    if long > LONG_WORD or np.median([len(one) for one in words]) < FEW_WORDS:
        return "characters", Templates()
    return "words", Templates()


def _evenly(count: int) -> np.ndarray:
    """Return the places of at most :data:`LOOKED_AT` texts, evenly spread."""
    return np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int)


def _mean(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return sum(found) / len(found) if found else 0.0


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return ["0" if word.isdigit() else word for word in _WORD.findall(text.casefold())]


def _characters(text: str) -> list[str]:
    plain = " ".join(text.casefold().split())
    return [plain[at : at + 3] for at in range(max(len(plain) - 2, min(len(plain), 1)))]


def _statements(text: str, reader: Templates) -> list[str]:
    found = [reader.of(line) for line in _lines(text)]
    return [*found, *(f"{one} {AFTER} {other}" for one, other in pairwise(found))]
