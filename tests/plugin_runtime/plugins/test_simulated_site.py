"""A simulated site: what it consists of, and that each kind of failure hits what it must hit."""

from __future__ import annotations

import pytest

from plugin_runtime.plugins.simulated_site import SimulatedSite, SimulatedSitePlugin
from plugin_runtime.plugins.simulated_site.blueprint import blueprint_of
from plugin_runtime.plugins.simulated_site.sizes import even_sizes
from plugin_runtime.testing import Scanned, claims_of, scan, session_of
from topology.delta import Delta
from topology.errors import InvalidValue
from topology.model import LinkKind

DISK = "couplet0-enc1-slot03"
COMPONENTS = {
    "a disk": DISK,
    "a disk of a mirror": "couplet0-enc2-slot08",
    "an enclosure": "couplet0-enc1",
    "a controller": "couplet0-ctrl0",
    "a switch": "switch0",
    "an OSS": "oss0",
    "an MDS": "mds0",
    "a path": "oss0-couplet0-ctrl1-lun2",
}
EVERY_OST = {f"scratch-OST{index:04x}" for index in range(8)}
OSTS_OF_COUPLET_0 = {f"scratch-OST{index:04x}" for index in range(4)}


def site(**settings: object) -> Scanned:
    """Return a scanned site of the default sizes, or of others."""
    return Scanned(session_of(SimulatedSitePlugin, SimulatedSite(**settings)))


def services(states: dict[str, str]) -> dict[str, str]:
    """Return the states of targets and filesystems alone."""
    return {label: word for label, word in states.items() if label.startswith(("scratch", "MGS"))}


def test_a_healthy_site_is_ok_and_has_no_single_point_of_failure() -> None:
    """Every part that the filesystem needs has another that can stand in for it."""
    healthy = site()

    assert {} == healthy.troubled()
    assert set() == healthy.single_points_by_design("scratch")


def test_the_default_site_is_small() -> None:
    """Two couplets of five enclosures, eight OSTs and two MDTs: what people can oversee."""
    delta = scan(SimulatedSitePlugin, SimulatedSite())

    assert (10, 8, 2, 1) == tuple(
        len(claims_of(delta, name))
        for name in ("Enclosure", "ObjectStorageTarget", "MetadataTarget", "LustreFilesystem")
    )
    assert (8 + 2 + 1, 6) == (
        len(claims_of(delta, "StoragePool")),
        len(claims_of(delta, "LustreServer")),
    )


def test_hosts_recognise_luns_by_their_serials() -> None:
    """lun --PROVIDES--> the device of each server of its failover pair"""
    resources = site().resources
    lun = resources["couplet0-lun0"]

    subscribers = {
        one.name
        for one in resources.values()
        for link in one.joined
        if link.kind is LinkKind.PROVIDES and link.source == lun.uid
    }

    assert {"oss0:scratch-OST0000", "oss1:scratch-OST0000"} == subscribers


def test_what_people_see_of_a_part_is_unique_and_stays() -> None:
    """Labels, serials and WWNs; the same in another session, others at another site."""
    seen = [
        value
        for delta in (
            scan(SimulatedSitePlugin, SimulatedSite()),
            scan(SimulatedSitePlugin, SimulatedSite(name="home")),
        )
        for claim in delta.reported.values()
        if "SimulatedComponent" in claim.classes
        for name, value in claim.attributes.items()
        if name in {"serial_number", "wwn", "hostname"}
    ]
    once, again = (scan(SimulatedSitePlugin, SimulatedSite()).reported for _ in range(2))

    assert len(seen) == len(set(seen))
    assert once == again


def test_every_disk_has_a_slot_of_its_own_within_its_enclosure() -> None:
    """The hardware view draws rows x columns of them."""
    resources = site().resources.values()
    disks = [one.merged.attributes for one in resources if "PhysicalDisk" in one.merged.classes]
    bays = {
        one.uid: int(one.merged.attributes["rows"]) * int(one.merged.attributes["columns"])
        for one in resources
        if "Enclosure" in one.merged.classes
    }

    places = {(one["enclosure"], one["slot"]) for one in disks}

    assert len(disks) == len(places)
    assert all(0 <= int(one["slot"]) < bays[str(one["enclosure"])] for one in disks)


def test_labels_are_what_the_blueprint_calls_the_parts() -> None:
    """An administrator fails by the label that the pages show."""
    blueprint = blueprint_of(
        even_sizes("scratch", couplets=2, enclosures=5, osts=4, oss_pairs=1, mdts=2)
    )

    assert {*blueprint, "Simulated site scratch"} == set(site().resources)


def test_a_failed_disk_makes_the_other_enclosures_single_points() -> None:
    """Two of a pool's ten disks share an enclosure: one failed leaves no margin for another."""
    impact = site(failed=DISK)

    assert {
        DISK: "FAILED",
        "couplet0-pool1": "CRITICAL",
        "couplet0-lun1": "CRITICAL",
        "oss0:scratch-OST0001": "CRITICAL",
        "oss1:scratch-OST0001": "CRITICAL",
        "scratch-OST0001": "CRITICAL",
        "scratch": "CRITICAL",
    } == impact.troubled()
    assert {f"couplet0-enc{number}" for number in (0, 2, 3, 4)} == impact.new_single_points()[
        "scratch"
    ]
    assert {DISK} == impact.root_causes("scratch")


def test_a_failed_enclosure_leaves_every_other_disk_of_its_pools_a_single_point() -> None:
    """It takes two disks of each pool of its couplet, which is all that RAID6 tolerates."""
    impact = site(failed="couplet0-enc1")

    others = {f"couplet0-enc{number}" for number in (0, 2, 3, 4)}
    disks = {f"{enclosure}-slot{slot:02}" for enclosure in others for slot in (0, 1)}
    assert others | disks == impact.new_single_points()["couplet0-pool0"]
    assert {"CRITICAL"} == {impact.states()[label] for label in (*OSTS_OF_COUPLET_0, "scratch")}
    assert EVERY_OST - OSTS_OF_COUPLET_0 == EVERY_OST - impact.troubled().keys()


def test_a_failed_controller_leaves_the_other_a_single_point() -> None:
    """Every LUN, and every path of every server, has only one controller left."""
    impact = site(failed="couplet0-ctrl0")

    assert {"couplet0-ctrl1", "switch1"} == impact.new_single_points()["scratch"]
    assert {"couplet0-ctrl1"} == impact.new_single_points()["couplet0-lun0"]


def test_one_failed_server_leaves_its_partner_a_single_point() -> None:
    """A target needs one of two servers."""
    impact = site(failed="oss0")

    assert dict.fromkeys({*OSTS_OF_COUPLET_0, "scratch"}, "CRITICAL") == services(impact.troubled())
    assert {"oss1"} == impact.new_single_points()["scratch"]


def test_both_servers_of_a_pair_take_their_targets_with_them() -> None:
    """Files striped over those OSTs are gone, the rest of the filesystem is not."""
    impact = site(failed="oss0, oss1")

    assert dict.fromkeys(OSTS_OF_COUPLET_0, "FAILED") | {"scratch": "PARTIAL"} == services(
        impact.troubled()
    )
    assert {"oss0", "oss1"} == impact.root_causes("scratch")


def test_mdt0000_takes_the_filesystem_with_it_and_other_targets_do_not() -> None:
    """MDT0000 holds the root; MDT0001 some directories; the MGT only lets new clients in."""
    words = {
        pool: site(failed=",".join(mirror_of(pool))).states()["scratch"]
        for pool in ("couplet0-pool4", "couplet0-pool5", "couplet1-pool4")
    }

    assert {
        "couplet0-pool4": "DEGRADED",
        "couplet0-pool5": "FAILED",
        "couplet1-pool4": "PARTIAL",
    } == words


def mirror_of(pool: str) -> set[str]:
    """Return the disks of one of the default site's pools."""
    return {cause for cause, effect in site().links if effect == pool}


def test_paths_down_at_both_servers_are_critical_only_if_they_share_a_controller() -> None:
    """Crossed over, either controller and either server still reaches the drive alone."""
    crossed = site(failed="oss0-couplet0-ctrl0-lun0,oss1-couplet0-ctrl1-lun0")
    shared = site(failed="oss0-couplet0-ctrl0-lun0,oss1-couplet0-ctrl0-lun0")

    assert ("DEGRADED", "CRITICAL") == (crossed.states()["scratch"], shared.states()["scratch"])
    assert "scratch" not in crossed.new_single_points()


@pytest.mark.parametrize("label", COMPONENTS.values(), ids=COMPONENTS)
def test_a_pulled_part_is_judged_like_a_failed_one(label: str) -> None:
    """Every state and every single point is the same; the cause, too, is the part itself."""
    failed, removed = site(failed=label), site()
    removed.scan(removed=label)

    assert failed.states() == removed.states()
    assert failed.new_single_points() == removed.new_single_points()
    assert failed.root_causes("scratch") == removed.root_causes("scratch")


@pytest.mark.parametrize("label", COMPONENTS.values(), ids=COMPONENTS)
def test_a_part_missing_from_the_first_scan_on_counts_as_failed(label: str) -> None:
    """Nobody has ever seen it, but the groups it belongs to have a size."""
    failed, removed = site(failed=label), site(removed=label)

    known = {one: word for one, word in failed.states().items() if one != label}
    assert known == removed.states()
    assert failed.new_single_points() == removed.new_single_points()


@pytest.mark.parametrize("setting", ["failed", "removed"])
@pytest.mark.parametrize("label", COMPONENTS.values(), ids=COMPONENTS)
def test_a_part_that_is_back_leaves_no_trace(label: str, setting: str) -> None:
    """Every resource and link is as if nothing had been."""
    healthy, repaired = site(), site()
    repaired.scan(**{setting: label})
    repaired.scan(**{setting: ""})

    assert {} == repaired.troubled()
    assert healthy.links == repaired.links
    assert {label: one.claims for label, one in healthy.resources.items()} == {
        label: one.claims for label, one in repaired.resources.items()
    }


def test_a_part_is_known_by_label_serial_and_uid_pulled_or_not() -> None:
    """All three are on its page; a pulled part can be named by any of them too."""
    site_now = site()
    disk = site_now.resources[DISK]
    ids = (DISK, str(disk.merged.attributes["serial_number"]), disk.uid)

    by_failed = [site(failed=one).troubled() for one in ids]
    by_removed = [site(removed=one).new_single_points() for one in ids]

    assert [by_failed[0]] * 3 == by_failed
    assert [by_removed[0]] * 3 == by_removed
    assert DISK in by_failed[0]


def test_a_predicted_failure_is_critical_and_a_rebuilding_disk_does_not_count() -> None:
    """A disk that is not in sync is no redundancy, but has no trouble of its own."""
    impact = site(predicted="couplet0-enc0", rebuilding=DISK)

    states = impact.states()
    assert ("CRITICAL", "OK") == (states["couplet0-enc0"], states[DISK])
    assert "couplet0-enc2" in impact.new_single_points()["couplet0-pool1"]


def test_an_unknown_id_is_named_with_its_neighbours_and_nothing_changes() -> None:
    """One wrong letter must not fail nothing silently, nor half of a list."""
    session = session_of(SimulatedSitePlugin, SimulatedSite())
    session.initial_scan()
    session.assign({"failed": "oss0,couplet0-enk1"})

    with pytest.raises(
        InvalidValue,
        match=r"SimulatedSite\.failed must list simulated components of scratch, "
        r"got 'couplet0-enk1' \(nearest: couplet0-enc1, .*; give labels, serial numbers or uids",
    ):
        session.update_scan()

    assert session.pending().is_empty


def test_only_a_disk_can_be_rebuilding() -> None:
    """A controller has nothing to be in sync with."""
    with pytest.raises(InvalidValue, match="rebuilding must list simulated disks of"):
        site(rebuilding="couplet0-ctrl0")


def test_one_failed_disk_is_one_resource_in_the_next_report() -> None:
    """However large the site is."""
    scanned = site()

    delta: Delta = scanned.scan(failed=DISK)

    assert {DISK} == {one.label for one in delta.reported.values()}


def test_a_site_grows_while_it_is_watched() -> None:
    """What was there keeps its identity and its failures."""
    grown = site(couplets=1, failed=DISK)
    disk = grown.resources[DISK].uid

    grown.scan(couplets=2)

    assert site(failed=DISK).states() == grown.states()
    assert disk == grown.resources[DISK].uid


@pytest.mark.parametrize("name", ["", "Scratch", "over9chars", "a_b", "-a"])
def test_a_name_that_lustre_or_a_host_cannot_bear_is_refused(name: str) -> None:
    """It becomes part of every target's and server's name."""
    with pytest.raises(InvalidValue, match=r"SimulatedSite\.name must be 1 to 8 small letters"):
        SimulatedSite(name=name)
