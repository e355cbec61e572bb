"""The road through combining, series, reasons and graphs."""

from __future__ import annotations

from _road import (  # noqa: F401 - pytest finds them here
    test_nothing_goes_wrong_and_a_result_is_shown,
    test_only_what_is_checked_strictly_is_kept_in_git,
)

STRETCH = ("04", "05", "06", "08")
