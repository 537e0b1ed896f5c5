"""How a web process that cannot follow the site says so."""

from __future__ import annotations

from topology.settings import Settings
from web.following import Following


def test_a_store_that_no_waiting_can_open_is_said_on_the_pages() -> None:
    """Not "is being read for the first time", for ever."""
    following = Following(Settings(store="nonsense://host"))

    following._follow()

    assert "'nonsense://host', which is no address of a store" in str(following.site().problem)
