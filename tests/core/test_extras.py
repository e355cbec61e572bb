import math

import pytest

from workbench.core.errors import MissingExtra
from workbench.core.extras import demand, require


def test_an_installed_module_is_returned() -> None:
    assert require("math", extra="notebook", why="to count") is math


def test_a_missing_module_names_the_extra_that_brings_it() -> None:
    with pytest.raises(
        MissingExtra, match=r"no_such_thing is needed to fly: pip install .*\[wings\]"
    ):
        require("no_such_thing", extra="wings", why="to fly")


def test_a_module_is_demanded_without_being_imported() -> None:
    import sys

    demand("antigravity", extra="wings", why="to fly")
    assert "antigravity" not in sys.modules
    with pytest.raises(MissingExtra, match=r"no_such_thing is needed to fly: .*\[wings\]"):
        demand("no_such_thing", extra="wings", why="to fly")
