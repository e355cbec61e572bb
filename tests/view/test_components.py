"""What every component promises, whoever wrote it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.view.components._esm import HERE, esm
from workbench.view.components._pack import parcel, unpack
from workbench.view.components._state import CASES, ComponentState
from workbench.view.components.views import panel, states, widget

STATES = states()
every = pytest.mark.parametrize("name", STATES)


@every
def test_all_that_travels_is_a_parameter_a_trait_and_a_mirrored_parameter(name: str) -> None:
    state = STATES[name]()
    notebook, server = widget(state), panel(state)
    assert {"phase", "summary", "asked"} <= set(state.wire())
    for item in state.wire():
        assert item in state.param
        assert notebook.trait_metadata(item, "sync") is True
        assert item in server.param
        assert state.param[item].doc


@every
def test_both_views_follow_the_state_and_the_state_follows_their_wishes(name: str) -> None:
    state = STATES[name]()
    notebook, server = widget(state), panel(state)
    state.fail("No such file. Choose another.")
    assert notebook.phase == server.phase == state.phase
    state.ready()
    for seq, view in enumerate((notebook, server)):
        view.asked = {"what": "nothing", "seq": seq}
        assert state.asked == {"what": "nothing", "seq": seq}


@every
def test_the_esm_is_one_text_that_asks_nobody_for_anything(name: str) -> None:
    text = esm(name)
    assert not re.search(r"^\s*import[ {*'\"]|\bimport\s*\(", text, re.MULTILINE)
    assert not re.search(r"https?://|\beval\s*\(|new Function|innerHTML|insertAdjacentHTML", text)
    assert len(re.findall(r"^export default", text, re.MULTILINE)) == 1
    assert re.search(r"\brender\b", text)


@every
def test_the_esm_parses(name: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node; the browser tests find the same faults")
    path = tmp_path / f"{name}.mjs"
    path.write_text(esm(name), encoding="utf-8")
    done = subprocess.run([node, "--check", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@every
@pytest.mark.parametrize("case", ["empty", "loading", "error"])
def test_each_phase_has_words_with_a_next_step(name: str, case: str) -> None:
    assert case in CASES
    state = STATES[name].example(case)
    assert state.phase["kind"] == case
    assert len(state.phase["words"]) > 10


@every
def test_showing_again_ends_a_phase(name: str) -> None:
    state = STATES[name]()
    state.wait()
    state.ready()
    assert state.phase == {}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)
WORDS = sorted(
    {name[4:] for kind in STATES.values() for name in dir(kind) if name.startswith("_on_")}
)
NAMES = sorted(set(re.findall(r'wish\.\w+\("(\w+)"', "".join(
    path.read_text(encoding="utf-8") for path in HERE.glob("*.py")
))))  # fmt: skip


@every
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    what=st.sampled_from(WORDS) | anything, more=st.dictionaries(st.sampled_from(NAMES), anything)
)
def test_no_wish_of_a_browser_breaks_a_state(name: str, what: Any, more: dict[str, Any]) -> None:
    STATES[name]().asked = {**more, "what": what}


def test_a_parcel_comes_out_as_it_went_in() -> None:
    import numpy as np

    header, arrays = unpack(
        parcel({"cells": 2}, x=np.array([1.5, 1e12]), y=np.array([1, 2], "f4"), row=np.array([7]))
    )
    assert header["cells"] == 2
    assert arrays["x"].tolist() == [1.5, 1e12]
    assert (arrays["y"].dtype, arrays["row"].dtype) == ("<f4", "<i4")


def test_every_state_says_how_it_looks_in_the_gallery() -> None:
    for kind in STATES.values():
        assert "example" in vars(kind), kind
        assert issubclass(kind, ComponentState)


def test_no_component_takes_a_method_of_the_frame_by_accident() -> None:
    def methods(path: Path) -> set[str]:
        return set(re.findall(r"^  (\w+)\(.*\) \{", path.read_text("utf-8"), re.MULTILINE))

    frame = methods(HERE / "_part.js") - {"constructor", "paint", "destroy", "sized"}
    assert {"ask", "deliver", "draw"} <= frame
    for path in HERE.glob("*.js"):
        if path.name not in ("_part.js", "_draw.js"):
            assert not methods(path) & frame, path.name
