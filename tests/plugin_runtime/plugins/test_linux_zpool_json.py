"""ZFS pools as `zpool status -j` tells them: the same as in text."""

from __future__ import annotations

from pathlib import Path

import pytest
from linux_hosts import captured, scanned
from zpools import END, document, status, vdev

from plugin_runtime.plugins.linux_host import zpool
from topology.errors import InvalidFile


def test_the_json_of_a_draid_lacks_type_and_state_and_is_understood(tmp_path: Path) -> None:
    """OpenZFS issue 18431: the name says what it is, its members how it is."""
    disks = {f"sd{letter}": vdev("disk") for letter in "bcdefg"}
    draid = vdev("", None) | {"vdevs": {**disks, "sda": vdev("disk", "FAULTED")}}
    text = document(("draid2:4d:7c:1s-0", draid))

    host = scanned(captured(tmp_path / "c", zpool=text))

    group = host.resources["box:tank/draid2:4d:7c:1s-0"].merged.attributes
    assert ("draid2", 7) == (group["raid_level"], group["members"])
    assert "DEGRADED" == host.states()["box:tank"]


def test_json_and_text_tell_the_same() -> None:
    """Logs, special devices and a resilver under way included."""
    text = status("mirror-0 ONLINE 0 0 0", "  sda ONLINE 0 0 0", "  sdb ONLINE 0 0 0 (resilvering)")
    text = text.replace(
        END, "\tspecial\n\t  sds ONLINE 0 0 0\n\tlogs\n\t  sdl ONLINE 0 0 0\n" + END
    )
    resilvered = vdev("disk") | {"scan_processed": "2.1G"}
    written = document(
        ("mirror-0", vdev("mirror", sda=vdev("disk"), sdb=resilvered)),
        special={"sds": vdev("disk")},
        logs={"sdl": vdev("disk")},
        scan_stats={"function": "RESILVER", "state": "SCANNING"},
    )

    by_text = zpool.read(text, "the capture").pools
    assert by_text == zpool.read_json(written, "the capture").pools


def test_a_pool_is_named_by_its_name_where_its_key_is_its_guid() -> None:
    """As with --json-pool-key-guid."""
    text = document(("sda", vdev("disk"))).replace('{"tank": {"name"', '{"77": {"name"')

    (pool,) = zpool.read_json(text, "the capture").pools

    assert "tank" == pool.name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"holds no JSON"),
        ('{"pools": {"tank": {', r"cut short or damaged"),
        ('{"pools": {"tank": {"vdevs": {"sda": {"vdev_type": "disk"}}}}}', r"--json-flat-vdevs"),
        ('{"pools": {"tank": {"state": "ONLINE", "properties": {}}}}', r"'zpool list'"),
    ],
)
def test_json_that_does_not_say_what_is_part_of_what_is_refused(text: str, complaint: str) -> None:
    """A flat list would make of a mirror a pool that needs both halves."""
    with pytest.raises(InvalidFile, match=rf"the capture .*{complaint}.*; capture it anew"):
        zpool.read_json(text, "the capture")
