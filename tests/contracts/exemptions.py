"""Every exemption from the contracts, with its reason. The list may shrink; its length is pinned."""

from __future__ import annotations

#: (test, detector): reason.
EXEMPT: dict[tuple[str, str], str] = {}
