import pytest

from workbench.core.errors import Cancelled
from workbench.core.progress import Progress, terminal_progress


def test_stages_reach_the_listener() -> None:
    seen: list[tuple[float, str]] = []
    Progress(lambda done, stage: seen.append((done, stage))).step(0.25, "fitting")
    assert seen == [(0.25, "fitting")]


def test_a_fraction_outside_of_the_range_is_cut() -> None:
    seen: list[float] = []
    progress = Progress(lambda done, stage: seen.append(done))
    progress.step(-1, "a")
    progress.step(7, "b")
    assert seen == [0.0, 1.0]


def test_a_part_reports_within_its_share() -> None:
    seen: list[float] = []
    progress = Progress(lambda done, stage: seen.append(done))
    progress.part(0.5, 1.0).part(0.0, 0.5).step(1.0, "half of the second half")
    assert seen == [0.75]


def test_cancelling_stops_the_work_at_its_next_step_and_in_its_parts() -> None:
    progress = Progress()
    part = progress.part(0.0, 0.5)
    progress.cancel()
    assert part.cancelled
    with pytest.raises(Cancelled, match="before: scoring"):
        part.step(0.1, "scoring")


def test_the_terminal_bar_comes_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal_progress("detect", disable=False) as progress:
        progress.step(0.5, "fitting")
        progress.step(1.0, "done")
    assert "detect" in capsys.readouterr().err
