"""ZFS pools: what `zpool status` tells becomes groups that fail when the pool does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from linux_hosts import captured, fixture, of_class, scanned
from zpools import END, document, raidz2, status, vdev

from plugin_runtime.plugins.linux_host import zpool
from plugin_runtime.plugins.linux_host.facts import Vdev, ZfsPool


def pool_in(text: str) -> ZfsPool:
    """Return the one pool of a text."""
    (pool,) = zpool.read(text, "the capture").pools
    return pool


def tree(vdev: Vdev) -> object:
    """Return a virtual device as nested lists of names."""
    return [vdev.name, *map(tree, vdev.members)] if vdev.members else vdev.name


def test_indentation_says_what_is_part_of_what() -> None:
    """sdc stands below the raidz2 again, not below the spare."""
    pool = pool_in(
        status(
            "raidz2-0 DEGRADED 0 0 0",
            "  sda ONLINE 0 0 0",
            "  spare-1 DEGRADED 0 0 0",
            "    sdb UNAVAIL 0 0 0  was /dev/sdb1",
            "    sdf ONLINE 0 0 0",
            "  sdc ONLINE 0 0 0",
            "mirror-1 ONLINE 0 0 0",
            "  sdd ONLINE 0 0 0",
            "  sde ONLINE 0 0 0",
        )
    )

    assert [
        ["raidz2-0", "sda", ["spare-1", "sdb", "sdf"], "sdc"],
        ["mirror-1", "sdd", "sde"],
    ] == [tree(one) for one in pool.vdevs]
    assert ("raidz2", "mirror") == (pool.vdevs[0].level, pool.vdevs[1].level)


@pytest.mark.parametrize(
    ("states", "group", "pool"),
    [
        ({}, "OK", "OK"),
        ({"sda": "FAULTED"}, "DEGRADED", "DEGRADED"),
        ({"sda": "OFFLINE", "sdb": "REMOVED"}, "CRITICAL", "CRITICAL"),
        ({"sda": "FAULTED", "sdb": "UNAVAIL", "sdc": "OFFLINE"}, "FAILED", "FAILED"),
        ({"sda": "DEGRADED"}, "DEGRADED", "DEGRADED"),
    ],
)
def test_a_raidz2_bears_two_failures(
    tmp_path: Path, states: Mapping[str, str], group: str, pool: str
) -> None:
    """Faulted, offline, removed and unavailable devices count alike."""
    host = scanned(captured(tmp_path / "c", zpool=status(*raidz2(**states))))

    words = host.states()
    assert (group, pool) == (words["box:tank/raidz2-0"], words["box:tank"])


def test_the_device_that_failed_is_the_root_cause_and_not_the_pool(tmp_path: Path) -> None:
    """What ZFS says of groups and pool follows from their members, so it is not their own."""
    text = status(*raidz2(sda="FAULTED"), state="DEGRADED").replace(
        "raidz2-0 ONLINE", "raidz2-0 DEGRADED"
    )

    host = scanned(captured(tmp_path / "c", zpool=text))

    assert {"box:tank/sda"} == host.root_causes("box:tank")


def test_a_pool_that_is_down_though_its_members_work_is_down(tmp_path: Path) -> None:
    """Damaged metadata and a suspended pool are nobody's fault below."""
    for state in ("FAULTED", "SUSPENDED", "UNAVAIL"):
        host = scanned(captured(tmp_path / state, zpool=status(*raidz2(), state=state)))

        assert {"box:tank": "FAILED"} == host.troubled()


def test_a_pool_needs_each_of_its_groups(tmp_path: Path) -> None:
    """Data is striped over all of them."""
    text = status(
        "mirror-0 ONLINE 0 0 0", "  sda ONLINE 0 0 0", "  sdb ONLINE 0 0 0", "sdc FAULTED"
    )

    host = scanned(captured(tmp_path / "c", zpool=text))

    assert "FAILED" == host.states()["box:tank"]


def test_a_device_that_is_resilvered_counts_as_failed_until_it_is_done(tmp_path: Path) -> None:
    """It came back and lacks what was written meanwhile."""
    text = status(*raidz2()).replace("sda ONLINE 0 0 0", "sda ONLINE 0 0 0  (resilvering)")

    host = scanned(captured(tmp_path / "c", zpool=text))

    assert {"box:tank/raidz2-0": "DEGRADED", "box:tank": "DEGRADED"} == host.troubled()


def test_a_device_that_awaits_its_resilver_lacks_data_too(tmp_path: Path) -> None:
    """ZFS resilvers it after another one, and says so in other words; JSON in a key of its own."""
    text = status(*raidz2()).replace("sda ONLINE 0 0 0", "sda ONLINE 0 0 0  (awaiting resilver)")
    disks = {name: vdev("disk") for name in ("sdb", "sdc", "sdd")}
    disks["sda"] = vdev("disk") | {"resilver_deferred": "1"}
    scan = {"function": "RESILVER", "state": "SCANNING"}
    written = document(("raidz2-0", vdev("raidz") | {"vdevs": disks}), scan_stats=scan)

    for number, one in enumerate((text, written)):
        host = scanned(captured(tmp_path / str(number), zpool=one))

        assert {"box:tank/raidz2-0": "DEGRADED", "box:tank": "DEGRADED"} == host.troubled()


def test_a_resilver_that_names_no_device_leaves_its_pool_unknown(tmp_path: Path) -> None:
    """The scan is told, the devices that lack data are not: any of them may."""
    text = status(*raidz2()).replace("config:", "  scan: resilver in progress since Sun\nconfig:")
    scan = {"function": "RESILVER", "state": "SCANNING"}
    written = document(("mirror-0", vdev("mirror", sda=vdev("disk"))), scan_stats=scan)

    for number, one in enumerate((text, written)):
        host = scanned(captured(tmp_path / str(number), zpool=one))

        assert {"box:tank": "UNKNOWN"} == host.troubled()


def test_a_pool_that_could_not_be_opened_ends_without_its_errors(tmp_path: Path) -> None:
    """Of such a pool ZFS does not say what errors there are; it has failed, it is not cut short."""
    rows = raidz2(sda="UNAVAIL", sdb="UNAVAIL", sdc="UNAVAIL")
    gone = status(*rows, state="UNAVAIL").replace(END, "\n")
    other = status("sde ONLINE 0 0 0").replace("tank", "home")

    for number, text in enumerate((gone, gone + other, other + gone)):
        host = scanned(captured(tmp_path / str(number), zpool=text))

        assert "FAILED" == host.states()["box:tank"]


def test_a_pool_is_down_where_too_little_below_it_is(tmp_path: Path) -> None:
    """A raidz2 bears its one offline disk, and a pool a lost log, unless ZFS says otherwise."""
    log = "\tlogs\n\t  sdl UNAVAIL 0 0 0\n" + END
    for number, text in enumerate(
        (
            status(*raidz2(sda="OFFLINE"), state="FAULTED"),
            status(*raidz2(), state="FAULTED").replace(END, log),
            status(*raidz2(sda="OFFLINE")).replace("raidz2-0 ONLINE", "raidz2-0 FAULTED"),
        )
    ):
        host = scanned(captured(tmp_path / str(number), zpool=text))

        assert "FAILED" == host.states()["box:tank"]


def test_a_word_for_a_state_that_is_not_known_is_no_good_news(tmp_path: Path) -> None:
    """HEALTHY is what early JSON writes for ONLINE; of any other word nothing is known."""
    for word, state in (("HEALTHY", "OK"), ("online", "OK"), ("SPLIT", "UNKNOWN")):
        text = status(f"sda {word} 0 0 0")

        host = scanned(captured(tmp_path / word, zpool=text))

        assert state == host.states()["box:tank"]


def test_mirrors_that_are_not_numbered_are_told_apart() -> None:
    """Older versions call each of them "mirror"."""
    mirror = ("mirror ONLINE 0 0 0", "  sda ONLINE 0 0 0", "  sdb ONLINE 0 0 0")

    pool = pool_in(status(*mirror, *(one.replace("sd", "da") for one in mirror)))

    assert [("mirror", "mirror"), ("mirror-1", "mirror")] == [
        (one.name, one.level) for one in pool.vdevs
    ]


def test_a_group_of_no_known_kind_bears_nothing_for_certain(tmp_path: Path) -> None:
    """With -g groups go by their GUIDs; in JSON their kind is told beside."""
    text = status("1234567890 ONLINE 0 0 0", "  sda OFFLINE 0 0 0", "  sdb ONLINE 0 0 0")
    disks = {"sda": vdev("disk", "OFFLINE"), "sdb": vdev("disk")}
    written = document(("1234567890", vdev("mirror") | {"vdevs": disks}))

    by_text = scanned(captured(tmp_path / "text", zpool=text))
    by_json = scanned(captured(tmp_path / "json", zpool=written))

    assert "FAILED" == by_text.states()["box:tank"]
    assert "UNKNOWN" == by_text.resources["box:tank"].own_state.word
    assert "CRITICAL" == by_json.states()["box:tank"]


def test_a_pool_without_any_device_is_no_pool() -> None:
    """Its table is missing, so what it needs is not known."""
    text = status("sda ONLINE 0 0 0").replace("config:", "")

    facts = zpool.read(text, "the capture")

    assert () == facts.pools
    assert facts.is_partial


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("ONLINE", "ONLINE 0 0 0  (resilvering)", "OK"),
        ("UNAVAIL", "ONLINE 0 0 0  (resilvering)", "DEGRADED"),
        ("UNAVAIL", "ONLINE 0 0 0", "DEGRADED"),
    ],
)
def test_a_replacement_counts_once_it_holds_all_data(
    tmp_path: Path, old: str, new: str, word: str
) -> None:
    """While it is filled, the old device is all there is; one of the two is enough."""
    rows = ("replacing-0 ONLINE 0 0 0", f"  sda {old} 0 0 0", f"  sdx {new}")
    text = status(
        "raidz2-0 ONLINE 0 0 0",
        *(f"  {row}" for row in rows),
        *(f"  {name} ONLINE 0 0 0" for name in ("sdb", "sdc", "sdd")),
    )

    host = scanned(captured(tmp_path / "c", zpool=text))

    assert word == host.states()["box:tank"]


def test_logs_cap_the_pool_and_caches_and_spares_do_not_matter(tmp_path: Path) -> None:
    """Without its log a pool is slower; a cache holds nothing of its own."""
    sections = (
        "\tlogs\n\t  sdl FAULTED 0 0 0\n\tcache\n\t  sdm FAULTED 0 0 0\n"
        "\tspares\n\t  sdn AVAIL\n\t  sdo INUSE\n"
    )
    text = status("sda ONLINE 0 0 0").replace(END, sections + END)

    host = scanned(captured(tmp_path / "c", zpool=text))

    assert {"box:tank/sdl": "FAILED", "box:tank": "DEGRADED"} == host.troubled()
    assert 1 == host.resources["box:tank"].merged.attributes["spares"]


def test_a_device_of_a_pool_is_the_one_that_lsblk_lists(tmp_path: Path) -> None:
    """sda --> sda1 --> tank/sda1, whichever way zpool writes its name."""
    child = {"name": "sda1", "type": "part", "size": 10}
    disk = {"name": "sda", "type": "disk", "size": 10, "serial": "S1", "children": [child]}
    for name in ("/dev/sda1", "sda1"):
        source = captured(
            tmp_path / name.replace("/", "-"),
            lsblk=json.dumps({"blockdevices": [disk]}),
            zpool=status(f"{name} ONLINE 0 0 0"),
        )

        host = scanned(source)

        assert ("box:/dev/sda1", "box:tank/sda1") in host.links
        assert host.single_points_by_design("box:tank") >= {"Disk S1"}


@pytest.mark.parametrize(
    ("link", "device"),
    [
        ("wwn-0x5000c500a1b2c3d4", "sda"),
        ("wwn-0x5000c500a1b2c3d4-part1", "sda1"),
        ("scsi-35000c500a1b2c3d4", "sda"),
        ("/dev/disk/by-id/ata-ACME_X1_ZA1-part1", "sda1"),
        ("nvme-ACME_X_S55_1-part1", "nvme0n1p1"),
        ("nvme-eui.0025385b01234567", "nvme0n1"),
        ("wwn-0x5000c500a1b2c3d9", None),
    ],
)
def test_a_link_by_id_is_understood_where_only_lsblk_tells_of_disks(
    tmp_path: Path, link: str, device: str | None
) -> None:
    """udev would list it; what it is named after is a disk's WWN or serial number."""
    disks = [
        {"name": name, "type": "disk", "size": 10, "serial": serial, "wwn": wwn}
        | {"children": [{"name": part, "type": "part", "size": 9}]}
        for name, part, serial, wwn in (
            ("sda", "sda1", "ZA1", "0x5000c500a1b2c3d4"),
            ("nvme0n1", "nvme0n1p1", "S55", "eui.0025385b01234567"),
        )
    ]
    source = captured(
        tmp_path / "c",
        lsblk=json.dumps({"blockdevices": disks}),
        zpool=status(f"{link} ONLINE 0 0 0"),
    )

    links = scanned(source).links

    below = {cause for cause, effect in links if effect.startswith("box:tank/")}
    assert {f"box:/dev/{device}" if device else "box"} == below


def test_a_pool_whose_status_is_cut_short_is_left_out() -> None:
    """It ends with what errors there are; before that, devices may be missing."""
    whole, other = status("sda ONLINE 0 0 0"), status("sdb ONLINE 0 0 0").replace("tank", "home")

    facts = zpool.read(whole + other[: other.index("errors")], "the capture")

    assert ["tank"] == [one.name for one in facts.pools]
    assert ("the capture is cut short, so the pool home is left out.",) == facts.warnings


def test_a_host_without_pools_says_so() -> None:
    """It is no error to have none."""
    assert () == zpool.read("no pools available\n", "the capture").pools


@pytest.mark.fixtures
def test_a_captured_pool_of_mirrors_has_four_groups_and_a_spare() -> None:
    """mirror-0 to mirror-3 of two disks each, all ONLINE."""
    host = scanned(fixture("host-jc-text/generic__zpool-status-spares.out"))

    groups = of_class(host.resources, "LinuxZfsGroup")
    assert [("mirror", 2)] * 4 == [
        (one.merged.attributes["raid_level"], one.merged.attributes["members"])
        for one in groups.values()
    ]
    assert 1 == host.resources["box:tank"].merged.attributes["spares"]
    assert {} == host.troubled()


@pytest.mark.fixtures
def test_three_captured_pools_of_one_device_each_are_told_apart() -> None:
    """One text, three pools."""
    host = scanned(fixture("host-jc-text/generic__zpool-status-v.out"))

    assert {"box:zhgstera6", "box:zint500", "box:zsam53"} == of_class(
        host.resources, "LinuxZpool"
    ).keys()
