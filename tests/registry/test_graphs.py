"""A graph that a server keeps has its edges again when it is opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

import workbench as wb
from workbench.registry._tables import kept_graph
from workbench.store.artifacts import artifact


def test_a_sample_graph_is_kept_with_its_edges(tmp_path: Path) -> None:
    plain = wb.load("sample:les-miserables")
    assert plain.network is not None
    kept = artifact(kept_graph(plain.frame, plain.network))
    shutil.copy(kept, tmp_path / "les-miserables.graphml")
    again = wb.load(tmp_path / "les-miserables.graphml")
    assert again.network is not None
    assert again.network.to_bytes() == plain.network.to_bytes()
    assert again.features == plain.features
    assert again.frame["node"].tolist() == plain.frame["character"].tolist()
    np.testing.assert_allclose(wb.detect(again).scores, wb.detect(plain).scores)
