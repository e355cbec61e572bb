import math

import pytest

from workbench.core.errors import MissingExtra
from workbench.core.extras import require


def test_an_installed_module_is_returned() -> None:
    assert require("math", extra="notebook", why="to count") is math


def test_a_missing_module_names_the_extra_that_brings_it() -> None:
    with pytest.raises(
        MissingExtra, match=r"no_such_thing is needed to fly: pip install .*\[wings\]"
    ):
        require("no_such_thing", extra="wings", why="to fly")
