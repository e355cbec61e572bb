"""Ways on which people are told of incidents; one file is one channel."""

from workbench.alerts.channels.base import Channel, make_channel
from workbench.core.catalog import Catalog

__all__ = ["CHANNELS", "Channel", "make_channel"]

#: All channels: files of this room, and entry points in "workbench.alerts.channels".
CHANNELS: Catalog[Channel] = Catalog(
    "workbench.alerts.channels", "workbench.alerts.channels.base:Channel", "channel"
)
