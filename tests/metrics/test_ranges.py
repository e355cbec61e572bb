import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.metrics.ranges import affiliation, events, vus_pr

LABELS = np.zeros(400)
LABELS[100:120] = 1
LABELS[300:305] = 1


def reference_vus_pr(labels: np.ndarray, scores: np.ndarray, window: int) -> float:
    """The published reference algorithm of VUS-PR, transcribed slowly: one threshold at a time."""
    spans = [(a, b - 1) for a, b in events(labels)]
    ordered = -np.sort(-scores)
    cuts = ordered[np.linspace(0, len(scores) - 1, 250).astype(int)]
    areas = []
    for width in range(window + 1):
        soft = labels.astype(float).copy()
        for start, end in spans:
            after = np.arange(end, min(end + width // 2, len(soft)))
            soft[after] += np.sqrt(1 - (after - end) / max(width, 1))
            before = np.arange(max(start - width // 2, 0), start)
            soft[before] += np.sqrt(1 - (start - before) / max(width, 1))
        soft = np.minimum(1, soft)
        recalls, precisions = [0.0], [1.0]
        for cut in cuts:
            flags = scores >= cut
            product = soft * flags
            existence = np.mean([product[a:b].any() for a, b in events(soft)])
            recall = min(product.sum() / ((labels.sum() + soft.sum()) / 2), 1.0)
            recalls.append(recall * existence)
            precisions.append(product.sum() / flags.sum())
        r, p = np.array(recalls), np.array(precisions)
        areas.append(np.sum(np.diff(r) * (p[1:] + p[:-1]) / 2))
    return float(np.mean(areas))


def test_events_are_stretches() -> None:
    assert events(LABELS) == [(100, 120), (300, 305)]
    assert events(np.ones(3)) == [(0, 3)]
    assert events(np.zeros(3)) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("window", [0, 1, 7, 20])
def test_vus_pr_equals_the_reference_algorithm(seed: int, window: int) -> None:
    random = np.random.default_rng(seed)
    scores = np.round(random.normal(size=400) + 2 * LABELS, 1 if seed % 2 else 9)
    assert vus_pr(LABELS, scores, window) == pytest.approx(
        reference_vus_pr(LABELS, scores, window), abs=1e-9
    )


def test_a_near_miss_beats_a_far_one() -> None:
    near, far = np.zeros(400), np.zeros(400)
    near[121:126] = 1
    far[200:205] = 1
    assert vus_pr(LABELS, near, 40) > vus_pr(LABELS, far, 40)


def test_vus_pr_wants_every_label() -> None:
    labels = LABELS.copy()
    labels[5] = np.nan
    with pytest.raises(DataError, match="every row"):
        vus_pr(labels, np.zeros(400), 5)


def test_perfect_alarms_get_1_and_none_get_0() -> None:
    assert affiliation(LABELS, LABELS) == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert affiliation(LABELS, np.zeros(400)) == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_one_missed_event_halves_the_recall() -> None:
    flags = np.zeros(400)
    flags[100:120] = 1
    found = affiliation(LABELS, flags)
    assert found["recall"] == 0.5
    assert found["precision"] == 1.0


def test_a_nearer_alarm_is_more_precise() -> None:
    values = []
    for place in (125, 140, 180):
        flags = np.zeros(400)
        flags[place] = 1
        values.append(affiliation(LABELS, flags)["precision"])
    assert values[0] > values[1] > values[2]


def test_affiliation_counts_steps_of_the_zone_by_hand() -> None:
    # One event at step 2 of five; the alarm at 3 is at distance 1, where 4 of 5 steps are as far.
    found = affiliation(np.array([0, 0, 1, 0, 0]), np.array([0, 0, 0, 1, 0]))
    assert found["precision"] == pytest.approx(4 / 5)
    assert found["recall"] == pytest.approx(4 / 5)


def test_affiliation_wants_an_event() -> None:
    with pytest.raises(DataError, match="event"):
        affiliation(np.zeros(9), np.ones(9))


@given(
    st.lists(st.booleans(), min_size=3, max_size=60),
    st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_affiliation_stays_in_0_to_1(labels: list[bool], flags: list[bool]) -> None:
    if not any(labels):
        labels[0] = True
    found = affiliation(np.array(labels), np.array(flags[: len(labels)]))
    assert all(0.0 <= value <= 1.0 for value in found.values())
