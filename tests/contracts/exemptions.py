"""Every exemption from the contracts, with its reason. Its length is pinned: it may shrink."""

from __future__ import annotations

#: (test, detector): reason.
EXEMPT: dict[tuple[str, str], str] = {}
