"""A made-up log of a web shop: requests in their usual steps, and a few that go wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

__all__ = ["Line", "service_log"]

#: What a request says on its way; each is filled with values of its own.
FLOWS = {
    "cart": ("received", "token", "cart", "query", "answered"),
    "search": ("received", "query", "cache", "ranked", "answered"),
    "order": ("received", "token", "cart", "stock", "payment", "mail", "answered"),
}
SHARES = {"cart": 0.5, "search": 0.35, "order": 0.15}
WORDS = {
    "received": "INFO gateway request {id} received: GET /{page} from 10.0.{a}.{b}",
    "token": "INFO auth request {id} token of user u{n} checked in {ms} ms",
    "cart": "INFO cart request {id} loaded {few} items of user u{n}",
    "query": "DEBUG db request {id} query took {ms} ms, {few} rows",
    "cache": "DEBUG cache request {id} hit for key search-{n}",
    "ranked": "INFO search request {id} ranked {n} products in {ms} ms",
    "stock": "INFO stock request {id} reserved {few} x sku-{n} in warehouse {a}",
    "payment": "INFO payment request {id} authorised {n}.{b:02d} EUR by bank-{few}",
    "mail": "INFO mail request {id} confirmation queued for user u{n}",
    "answered": "INFO gateway request {id} answered with 200 after {ms} ms",
    "slow": "WARN db request {id} slow query: {slow} ms",
    "collected": "DEBUG runtime request {id} paused {ms} ms for garbage collection",
    # What goes wrong:
    "disk": "ERROR storage request {id} write to /dev/sda{few} failed: input/output error",
    "refused": "ERROR gateway request {id} answered with 502: upstream closed the connection",
    "retry": "WARN payment request {id} bank-{few} did not answer, trying again ({b} of 99)",
}
FAULTS = ("statement", "retries", "order", "missing")


class Line(NamedTuple):
    """One line: when, in which request, what it says, and the fault that it belongs to or ""."""

    time: datetime
    request: str
    text: str
    fault: str


def service_log(requests: int = 1_000, faulty: float = 0.02, seed: int = 11) -> list[Line]:
    """Return the lines of some requests in the order of their times.

    Parameters
    ----------
    requests : int
    faulty : float
        Share of requests in which something goes wrong: an unknown statement in place of a step,
        a payment that is tried again and again, two steps in the wrong order, or a missing step.
    seed : int
        Two logs with one seed are equal.

    Examples
    --------
    >>> service_log(3, seed=1)[0].text.split(" request ")[0]
    'INFO gateway'
    """
    random = np.random.default_rng(seed)
    moment = datetime(2026, 3, 2, 8)
    lines: list[Line] = []
    for _ in range(requests):
        moment += timedelta(seconds=float(random.exponential(2.0)))
        lines += _request(random, moment, random.random() < faulty)
    return sorted(lines, key=lambda line: line.time)


def _request(random: np.random.Generator, start: datetime, faulty: bool) -> Iterator[Line]:
    kind = str(random.choice(list(SHARES), p=list(SHARES.values())))
    fault = str(random.choice(FAULTS)) if faulty else ""
    steps = [(step, "") for step in FLOWS["order" if fault == "retries" else kind]]
    for extra, share in (("slow", 0.01), ("collected", 0.02)):
        if random.random() < share:
            steps.insert(int(random.integers(1, len(steps))), (extra, ""))
    key = "".join(random.choice(list("0123456789abcdef"), 8))
    for step, cause in _with_fault(steps, fault, random):
        yield Line(start, key, _filled(step, key, kind, random), cause)
        start += timedelta(milliseconds=float(random.gamma(2.0, 12.0)))


def _with_fault(
    steps: list[tuple[str, str]], fault: str, random: np.random.Generator
) -> list[tuple[str, str]]:
    at = int(random.integers(1, len(steps) - 1))
    if fault == "statement":
        return [*steps[:at], (str(random.choice(["disk", "refused"])), fault)]
    if fault == "retries":
        at = next(place for place, (step, _) in enumerate(steps) if step == "payment")
        return [*steps[:at], *[("retry", fault)] * int(random.integers(4, 12)), *steps[at:]]
    if fault == "order":
        return [*steps[:at], (steps[at + 1][0], fault), (steps[at][0], fault), *steps[at + 2 :]]
    if fault == "missing":
        return [*steps[:at], (steps[at + 1][0], fault), *steps[at + 2 :]]
    return steps


def _filled(step: str, key: str, page: str, random: np.random.Generator) -> str:
    return WORDS[step].format(
        id=key, page=page, a=random.integers(1, 9), b=random.integers(1, 99),
        n=random.integers(100, 999), few=random.integers(1, 9), ms=random.integers(1, 90),
        slow=random.integers(500, 3_000),
    )  # fmt: skip
