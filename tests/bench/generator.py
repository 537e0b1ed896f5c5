"""Sites to measure on: couplets of disks, pools, LUNs, paths, servers and targets, invented.

One OST: ten disks over five enclosures, a RAID6 pool, a volume, its LUN, two paths for each of two
servers, each server's multipath device, the target. 20 resources and 42 links, beside the few that
a couplet shares. ``REFERENCE`` has 4,000 OSTs, ``MILLION`` has 50,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from topology.gates import SERIES, Gate, Group, Needs, Tolerates
from topology.impact import InputGroup, Layout, Part
from topology.model import Claim, Input, Resource
from topology.state import State

DISKS = 10
ENCLOSURES = 5


@dataclass(frozen=True, slots=True)
class Site:
    """How large a site is."""

    osts: int
    osts_a_couplet: int = 80
    couplets_a_switch_pair: int = 5
    """Servers of so many couplets are on one pair of leaf switches."""


REFERENCE = Site(osts=4_000)
MILLION = Site(osts=50_000)
SMALL = Site(osts=160)


def layout_of_site(site: Site) -> Layout:
    """Return the healthy site as the engine sees it."""
    return Layout({part.uid: part for part in _parts(site)})


def resources_of_site(site: Site) -> Iterator[Resource]:
    """Return the same site as the graph holds it: what one scope reports."""
    for part in _parts(site):
        yield Resource(
            uid=part.uid,
            claims={
                "bench/site": Claim(
                    classes=("PhysicalDisk" if "-disk" in part.uid else "LogicalDrive",),
                    label=part.uid,
                    attributes={"serial_number": f"SN{part.uid}", "capacity": 10**13},
                    can_fail=part.can_fail,
                    is_service=part.is_service,
                    groups=tuple(Group(one.name, one.gate, cap=one.cap) for one in part.groups),
                    inputs=tuple(
                        Input(source, groups=(one.name,))
                        for one in part.groups
                        for source in one.members
                    ),
                )
            },
            own_revision=1,
        )


def _parts(site: Site) -> Iterator[Part]:
    couplets = -(-site.osts // site.osts_a_couplet)
    pairs = -(-couplets // site.couplets_a_switch_pair)
    for pair in range(pairs):
        yield component(f"switch{pair}a")
        yield component(f"switch{pair}b")
    for couplet in range(couplets):
        yield from _couplet(site, couplet)
    for ost in range(site.osts):
        yield from _ost(site, ost)
    mdt = [f"mdt{number}" for number in range(2)]
    for target in (*mdt, "mgt"):
        yield component(f"{target}-disk0")
        yield component(f"{target}-disk1")
        mirror = group("disks", Tolerates(1), f"{target}-disk0", f"{target}-disk1")
        yield logical(f"{target}-mirror", mirror)
        yield logical(target, group("inputs", SERIES, f"{target}-mirror"), is_service=True)
    osts = tuple(f"ost{number}" for number in range(site.osts))
    yield logical(
        "scratch",
        group("root", SERIES, "mdt0"),
        group("directories", SERIES, "mdt1", cap=State.PARTIAL),
        group("management", SERIES, "mgt", cap=State.DEGRADED),
        group("osts", SERIES, *osts, cap=State.PARTIAL),
        is_service=True,
    )


def _couplet(site: Site, couplet: int) -> Iterator[Part]:
    pair = couplet // site.couplets_a_switch_pair
    yield component(f"c{couplet}-power0")
    yield component(f"c{couplet}-power1")
    feeds = group("power", Needs(1), f"c{couplet}-power0", f"c{couplet}-power1")
    for number in range(ENCLOSURES):
        yield component(f"c{couplet}-enc{number}", feeds)
    for number in range(2):
        yield component(f"c{couplet}-controller{number}", feeds)
        fabric = group("fabric", Needs(1), f"switch{pair}a", f"switch{pair}b")
        yield component(f"c{couplet}-oss{number}", fabric)
        yield component(
            f"c{couplet}-hba{number}", group("inputs", SERIES, f"c{couplet}-oss{number}")
        )


def _ost(site: Site, ost: int) -> Iterator[Part]:
    couplet = ost // site.osts_a_couplet
    disks = tuple(f"ost{ost}-disk{number}" for number in range(DISKS))
    for number, disk in enumerate(disks):
        yield component(disk, group("inputs", SERIES, f"c{couplet}-enc{number % ENCLOSURES}"))
    yield logical(f"ost{ost}-pool", group("disks", Tolerates(2), *disks))
    yield logical(f"ost{ost}-volume", group("inputs", SERIES, f"ost{ost}-pool"))
    yield logical(f"ost{ost}-lun", group("inputs", SERIES, f"ost{ost}-volume"))
    for server in range(2):
        paths = tuple(f"ost{ost}-path{server}{number}" for number in range(2))
        for number, path in enumerate(paths):
            controller = f"c{couplet}-controller{number}"
            hba = f"c{couplet}-hba{server}"
            yield logical(path, group("inputs", SERIES, f"ost{ost}-lun", controller, hba))
        ways = group("paths", Needs(1), *paths)
        host = group("inputs", SERIES, f"c{couplet}-oss{server}")
        yield logical(f"ost{ost}-device{server}", ways, host)
    devices = group("devices", Needs(1), f"ost{ost}-device0", f"ost{ost}-device1")
    yield logical(f"ost{ost}", devices, is_service=True)


def component(uid: str, *groups: InputGroup) -> Part:
    """Return a part that can fail by itself."""
    return Part(uid, can_fail=True, groups=groups)


def logical(uid: str, *groups: InputGroup, is_service: bool = False) -> Part:
    """Return a part that fails with its inputs alone."""
    return Part(uid, can_fail=False, is_service=is_service, groups=groups)


def group(name: str, gate: Gate, *members: str, cap: State = State.FAILED) -> InputGroup:
    """Return a group at its size."""
    return InputGroup(name, members, len(members), gate, cap)
