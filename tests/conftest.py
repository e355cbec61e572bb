"""What every test relies on: a home of its own, settings read afresh, small data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings as hypothesis_settings

from workbench.core import settings as settings_module

# A first call imports and compiles: how long it takes is no property of the code.
hypothesis_settings.register_profile("house", hypothesis_settings.default, deadline=None)
hypothesis_settings.load_profile("house")

#: Files, or single tests of a file, that look further than a first run needs; CI runs them in a
#: step of their own, with ``pytest -m "wide and not bars"``.
WIDE = (
    "alerts/test_delivery.py",
    "browser/test_accessibility.py::test_a_chart_is_told_in_words_and_its_figures_open_as_a_table_by_keys",
    "browser/test_accessibility.py::test_a_page_is_there_for_everybody",
    "browser/test_alerting.py",
    "browser/test_app.py",
    "browser/test_browsers.py",
    "browser/test_compare.py",
    "browser/test_components.py",
    "browser/test_explore.py::test_a_broken_file_is_refused_in_words",
    "browser/test_explore.py::test_a_mark_in_the_lanes_leads_to_its_reason",
    "browser/test_explore.py::test_a_reload_restores_the_state",
    "browser/test_explore.py::test_a_run_can_be_cancelled",
    "browser/test_explore.py::test_a_wrong_column_in_the_address_is_told",
    "browser/test_explore.py::test_brushing_a_range_filters_the_table",
    "browser/test_explore.py::test_columns_are_chosen_used_and_kept",
    "browser/test_explore.py::test_copy_as_python_gives_runnable_lines",
    "browser/test_explore.py::test_dark_mode_is_kept_in_the_address",
    "browser/test_explore.py::test_dragging_the_threshold_previews_the_count_and_applies_it",
    "browser/test_explore.py::test_each_state_names_the_next_step",
    "browser/test_explore.py::test_hotkeys_walk_search_and_help",
    "browser/test_explore.py::test_the_threshold_moves_by_keyboard",
    "browser/test_first_look.py",
    "browser/test_jupyter.py",
    "browser/test_live.py::test_axe_finds_nothing_and_nothing_is_wider_than_the_window",
    "browser/test_live.py::test_one_acknowledges_and_the_other_sees_it_without_loading_the_page_anew",
    "browser/test_live.py::test_the_page_says_what_the_machine_takes_and_lets_a_monitor_rest",
    "browser/test_live.py::test_what_comes_flows_in_and_standing_still_loses_nothing",
    "browser/test_payloads.py",
    "browser/test_provider.py",
    "browser/test_push.py",
    "browser/test_reports.py",
    "browser/test_restart.py",
    "browser/test_safety.py",
    "browser/test_speed.py",
    "browser/test_surfaces.py",
    "browser/test_team.py::test_a_script_that_slips_into_a_page_does_not_run",
    "browser/test_team.py::test_a_view_is_kept_under_a_name_and_opened_from_home",
    "browser/test_team.py::test_an_admin_demotes_an_analyst_whose_page_says_so",
    "browser/test_team.py::test_axe_finds_nothing_on_any_page",
    "browser/test_team.py::test_each_role_sees_the_ways_that_are_open_to_it",
    "browser/test_voila.py",
    "charts/test_free_exploration.py",
    "cli/test_comparing.py",
    "contracts/test_hostile_files.py",
    "contracts/test_house.py::test_the_docstring_examples_run",
    "docs/test_pages.py",
    "jobs/test_processes.py",
    "notebooks/test_first_steps.py",
    "notebooks/test_going_deeper.py",
    "notebooks/test_handing_on.py",
    "notebooks/test_nbval.py",
    "notebooks/test_scaling_out.py",
    "registry/test_report_delivery.py",
    "reports/test_hostile.py",
    "reports/test_reports.py",
    "reports/test_runner.py",
    "scaling/test_on_a_cluster.py",
    "serve/pwa/test_built.py",
    "serve/test_alerts.py",
    "serve/test_backup.py",
    "serve/test_checkup.py",
    "serve/test_client.py",
    "serve/test_foreign_models.py",
    "serve/test_full_disk.py",
    "serve/test_hanging_channel.py",
    "serve/test_hostile_files.py",
    "serve/test_injection.py",
    "serve/test_kills.py",
    "serve/test_live_kills.py",
    "serve/test_open_pages.py",
    "serve/test_postgres.py",
    "serve/test_provider_sign_in.py",
    "serve/test_retraining.py",
    "serve/test_schedules.py",
    "serve/test_schema.py",
    "serve/test_signing_in.py",
    "serve/test_tracing.py",
    "serve/test_uploads.py",
    "serve/test_websockets.py::test_open_pages_close_when_their_reason_ends",
    "streams/test_sources_kafka.py",
    "streams/test_sources_mqtt.py",
    "streams/test_sources_postgres.py",
    "streams/test_sources_prometheus.py",
    "streams/test_sources_redis.py",
    "view/dashboards/test_boards.py",
    "view/test_notebook_file.py",
    "workflow/test_foreign.py",
    "workflow/test_reproducing.py",
    "workflow/test_tuning.py::test_finished_trials_survive_a_kill_and_the_study_goes_on",
)

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.hookimpl(tryfirst=True)  # before ``-m`` looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what WIDE names, and tests of a detector that an extra brings."""
    from workbench.detectors import DETECTORS

    here = Path(__file__).parent
    extras = {name for name in DETECTORS.names() if DETECTORS.get(name).tags.extra}
    for item in items:
        given = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if any(isinstance(one, str) and one in extras for one in given):
            item.add_marker(pytest.mark.extras)
        if item.get_closest_marker("extras"):  # that step runs all of them
            continue
        file = item.path.relative_to(here).as_posix()
        if file in WIDE or f"{file}::{getattr(item, 'originalname', item.name)}" in WIDE:
            item.add_marker(pytest.mark.wide)


@pytest.fixture(autouse=True)
def own_home(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Give each test a data folder of its own, so that no test sees another's."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    settings_module.settings.cache_clear()
    yield
    settings_module.settings.cache_clear()


@pytest.fixture(scope="session")
def blob() -> np.ndarray:
    """200 × 4 standard normal values with one row far outside (the first)."""
    values = np.random.default_rng(0).normal(size=(200, 4))
    values[0] = [8.0, -8.0, 8.0, -8.0]
    return values


@pytest.fixture(scope="session")
def machines() -> pd.DataFrame:
    """A table as people keep it: id, numbers, a category, a flag, missing cells, one odd row."""
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "machine_id": [f"m{number:04d}" for number in range(300)],
            "speed": random.normal(1500, 20, 300),
            "load": random.normal(0.6, 0.05, 300),
            "state": random.choice(["run", "idle"], 300, p=[0.9, 0.1]),
            "alarm": random.random(300) < 0.05,
            "broken": 0,
        }
    )
    frame.loc[::40, "load"] = np.nan
    frame.loc[123, ["speed", "load"]] = [2400.0, 0.01]
    frame.loc[123, "broken"] = 1
    return frame


@pytest.fixture(scope="session")
def wave() -> pd.DataFrame:
    """Three weeks of hourly readings with a daily rhythm and one spike (row 400)."""
    random = np.random.default_rng(2)
    hours = np.arange(24 * 21)
    flow = 10 + 3 * np.sin(hours * 2 * np.pi / 24) + random.normal(0, 0.2, len(hours))
    heat = 40 + np.cos(hours * 2 * np.pi / 24) + random.normal(0, 0.1, len(hours))
    flow[400] += 9
    label = np.zeros(len(hours), dtype=int)
    label[400] = 1
    return pd.DataFrame(
        {
            "timestamp": pd.date_range("2026-01-01", periods=len(hours), freq="h"),
            "flow": flow,
            "heat": heat,
            "is_anomaly": label,
        }
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real labelled data; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("the shared data are not beside this checkout")
    return SHARED
