"""From the settings of a cluster to a link to its owners."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ...config.errors import ConfigurationError
from ...config.settings.distribution.cluster import ClusterConfig, LinkPlace
from .place import Place, checked_address

if TYPE_CHECKING:
    from ...actors.cluster.link import Link


def link_of(settings: ClusterConfig) -> Link:
    """A link that has started; on the loop of the fleet.

    Raises `ConfigurationError` without the extra `ray`, and for what is no address.
    """
    assert settings.address is not None, "there is no cluster"
    if find_spec("ray") is None:
        raise ConfigurationError(
            "a cluster needs Ray: pip install 'hive-resilience[ray]', or take `cluster.address` "
            "out of the settings",
            key="global.cluster.address",
            value=settings.address,
        )
    address = checked_address(settings.address, "global.cluster.address")
    place = Place(address, settings.name, settings.share_time)
    if settings.link is LinkPlace.INSIDE:
        from .inside_link import InsideLink

        return InsideLink(place)
    from .process_link import ProcessLink

    link = ProcessLink(place)
    link.start()
    return link
