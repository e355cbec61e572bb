"""What must be seen stands out from the ground that it lies on."""

from __future__ import annotations

import pytest

from workbench.charts._theme import DARK, LIGHT, USUAL

#: Of cards, in light and dark (view/pages/_style.py).
GROUND = {"light": "#ffffff", "dark": "#1a1e22"}


def parts(colour: str) -> list[float]:
    return [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]


def lightness(colour: list[float]) -> float:
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_one_point_of_a_usual_row_stands_out_three_to_one(look: str) -> None:
    ground = parts(GROUND[look])
    point = parts((LIGHT if look == "light" else DARK).normal)
    mixed = [USUAL * one + (1 - USUAL) * below for one, below in zip(point, ground, strict=True)]
    light, dim = sorted((lightness(mixed), lightness(ground)), reverse=True)
    assert (light + 0.05) / (dim + 0.05) >= 3
