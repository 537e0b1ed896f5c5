"""The worked numbers of the semantics hold for the oracle itself, so that it can be trusted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import pytest
from oracle import WORDS, Document, UnsupportedCycle, judge


def drawn(
    picture: str, groups: Sequence[Document] = (), *, also_fail: Collection[str] = ()
) -> Document:
    """Return the document of lines such as ``a b --> pool --> lun``.

    What has no input can fail by itself, and so can `also_fail`.
    """
    links: list[dict[str, str]] = []
    for line in picture.splitlines():
        steps = [step.split() for step in line.split("-->") if step.strip()]
        for causes, effects in pairwise(steps):
            links += [{"from": cause, "to": effect} for cause in causes for effect in effects]
    found = dict.fromkeys(uid for link in links for uid in (link["from"], link["to"]))
    affected = {link["to"] for link in links}
    resources = [{"id": uid, "can_fail": uid in also_fail or uid not in affected} for uid in found]
    return {"resources": resources, "links": links, "groups": list(groups)}


def failed(document: Document, *uids: str, to: str = "FAILED") -> Document:
    resources = [
        {**one, "state": to} if one["id"] in uids else one for one in document["resources"]
    ]
    return {**document, "resources": resources}


def vanished(document: Document, *uids: str) -> Document:
    return {
        "resources": [one for one in document["resources"] if one["id"] not in uids],
        "links": [one for one in document["links"] if one["from"] not in uids],
        "groups": [
            {**one, "inputs": [uid for uid in one["inputs"] if uid not in uids]}
            for one in document["groups"]
        ],
    }


def vector(document: Document, *uids: str) -> tuple[int, ...]:
    """Return the states of `uids` by number; each must be known."""
    states = judge(document)["states"]
    assert all(states[uid]["low"] == states[uid]["high"] for uid in uids)
    return tuple(WORDS.index(states[uid]["high"]) for uid in uids)


def interval(document: Document, uid: str) -> list[int]:
    found = judge(document)["states"][uid]
    return [WORDS.index(found["low"]), WORDS.index(found["high"])]


DISKS = [f"d{number}" for number in range(10)]
POOL: Document = {"of": "pool", "inputs": DISKS, "size": 10, "tolerates": 2}
CHAIN = drawn(
    f"{' '.join(DISKS)} --> pool --> lun --> ost --> fs",
    [POOL, {"of": "fs", "inputs": ["ost"], "cap": "PARTIAL"}],
)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (0, (0, 0, 0, 0)),
        (1, (1, 1, 1, 1)),
        (2, (2, 2, 2, 2)),
        (3, (4, 4, 4, 3)),
        (10, (4, 4, 4, 3)),
    ],
)
def test_a_raid6_chain_is_the_same_for_failed_and_for_vanished_disks(
    lost: int, expected: tuple[int, ...]
) -> None:
    chain = ("pool", "lun", "ost", "fs")

    assert expected == vector(failed(CHAIN, *DISKS[:lost]), *chain)
    assert expected == vector(vanished(CHAIN, *DISKS[:lost]), *chain)


@pytest.mark.parametrize(("lost", "expected"), [(0, 0), (1, 2), (2, 4)])
def test_a_mirror_of_two_survives_one(lost: int, expected: int) -> None:
    mirror = drawn("a b --> md", [{"of": "md", "inputs": ["a", "b"], "needs": 1}])

    assert (expected,) == vector(failed(mirror, *"ab"[:lost]), "md")


RAID5 = drawn("a b c d e --> md", [{"of": "md", "inputs": [*"abcde"], "tolerates": 1}])


@pytest.mark.parametrize(("lost", "expected"), [(0, 0), (1, 2), (2, 4)])
def test_a_raid5_of_five_survives_one(lost: int, expected: int) -> None:
    assert (expected,) == vector(failed(RAID5, *"abcde"[:lost]), "md")


def test_a_raid5_with_one_rebuilding_is_critical() -> None:
    """The member is OK by itself; it counts as failed until it is in sync."""
    rebuilding = {**RAID5, "groups": [{**RAID5["groups"][0], "out_of_sync": ["c"]}]}

    assert (2,) == vector(rebuilding, "md")


@pytest.mark.parametrize(("lost", "expected"), [(["a0"], 2), (["a0", "a1"], 2), (["a0", "b0"], 4)])
def test_a_raid10_is_a_series_of_mirrors(lost: list[str], expected: int) -> None:
    striped = drawn(
        """a0 b0 --> m0 --> md
           a1 b1 --> m1 --> md""",
        [{"of": f"m{n}", "inputs": [f"a{n}", f"b{n}"], "tolerates": 1} for n in (0, 1)],
    )

    assert (expected,) == vector(failed(striped, *lost), "md")


SHARED = drawn(
    "\n".join(f"e{number % 5} --> {disk} --> pool" for number, disk in enumerate(DISKS)),
    [POOL],
    also_fail=DISKS,
)


def test_one_failed_disk_makes_four_enclosures_single_points() -> None:
    """Disk i hangs in enclosure i mod 5; e0 has lost a disk already, so it takes only one more."""
    answer = judge(failed(SHARED, "d0"))

    assert {"by_design": [], "new": ["e1", "e2", "e3", "e4"]} == answer["single_points"]["pool"]
    assert {"low": "CRITICAL", "high": "CRITICAL"} == answer["states"]["pool"]


def test_shared_enclosures_lower_the_margin() -> None:
    """One enclosure and one disk of another end it; three disks of a plain RAID6 would."""
    assert 2 == judge(SHARED, margin_bound=3)["margin"]["pool"]
    assert 3 == judge(CHAIN, margin_bound=3)["margin"]["pool"]


PATHS = drawn(
    """c0 --> p00 p10
       c1 --> p01 p11
       p00 p01 --> dev0
       p10 p11 --> dev1
       s0 --> dev0 --> target
       s1 --> dev1 --> target""",
    [
        {"of": "dev0", "inputs": ["p00", "p01"], "needs": 1},
        {"of": "dev1", "inputs": ["p10", "p11"], "needs": 1},
        {"of": "target", "inputs": ["dev0", "dev1"], "needs": 1},
    ],
    also_fail=["p00", "p01", "p10", "p11"],
)


@pytest.mark.parametrize(
    ("lost", "state", "points"),
    [
        (["p00", "p11"], 1, None),
        (["p00", "p10"], 2, {"by_design": [], "new": ["c1"]}),
        (["c0"], 2, {"by_design": [], "new": ["c1"]}),
    ],
)
def test_where_two_lost_paths_meet_decides(
    lost: list[str], state: int, points: dict[str, Any] | None
) -> None:
    """Path sc joins server s to controller c."""
    answer = judge(failed(PATHS, *lost))

    assert WORDS[state] == answer["states"]["target"]["high"]
    assert points == answer["single_points"].get("target")


def test_a_lost_controller_is_critical_everywhere_above_it() -> None:
    assert (2, 2, 2) == vector(failed(PATHS, "c0"), "dev0", "dev1", "target")


OSTS = [f"ost{number}" for number in range(4)]
FILESYSTEM = drawn(
    f"mdt0 mdt1 mgs {' '.join(OSTS)} --> fs",
    [
        {"of": "fs", "inputs": ["mdt0"]},
        {"of": "fs", "inputs": ["mdt1", *OSTS], "cap": "PARTIAL"},
        {"of": "fs", "inputs": ["mgs"], "cap": "DEGRADED"},
    ],
)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (["mgs"], 1),
        (["mdt0"], 4),
        (["mdt1"], 3),
        (["ost2"], 3),
        (OSTS, 3),
        (["mgs", "ost0"], 3),
    ],
)
def test_each_target_does_to_its_filesystem_what_its_cap_allows(
    lost: list[str], expected: int
) -> None:
    assert (expected,) == vector(failed(FILESYSTEM, *lost), "fs")


def test_unknown_disks_make_an_interval() -> None:
    two, three = (failed(CHAIN, *DISKS[:count], to="UNKNOWN") for count in (2, 3))
    mixed = failed(failed(CHAIN, "d0", "d1"), "d2", to="UNKNOWN")

    assert [0, 2] == interval(two, "pool")
    assert [0, 4] == interval(three, "pool")
    assert [2, 4] == interval(mixed, "pool")


SWITCHES = drawn(
    """up1 --> sw1 --> sw2 --> host
       up2 --> sw2 --> sw1 --> host""",
    [
        {"of": "sw1", "inputs": ["up1", "sw2"], "needs": 1},
        {"of": "sw2", "inputs": ["up2", "sw1"], "needs": 1},
        {"of": "host", "inputs": ["sw1", "sw2"], "needs": 1},
    ],
)


def test_two_switches_without_uplinks_do_not_keep_each_other_up() -> None:
    everything = ("sw1", "sw2", "host")

    assert (4, 4, 4) == vector(failed(SWITCHES, "up1", "up2"), *everything)
    assert all(state < 3 for state in vector(failed(SWITCHES, "up1"), *everything))


def test_a_series_cycle_shares_its_fate() -> None:
    """a and b need each other: both stand on c, and neither falls for want of the other."""
    ring = drawn("c --> a --> b --> a")

    assert (0, 0) == vector(ring, "a", "b")
    assert (4, 4) == vector(failed(ring, "b"), "a", "b")


def test_a_cycle_that_nothing_outside_supports_is_refused() -> None:
    """Of a, b and c each needs one of the two others, and nothing else."""
    ring = drawn(
        "a --> b --> c --> a --> c --> b --> a",
        [{"of": x, "inputs": [y for y in "abc" if y != x], "needs": 1} for x in "abc"],
    )

    with pytest.raises(UnsupportedCycle):
        judge(ring)


def test_shares_are_exact() -> None:
    """29 of 50 is 58 percent, which binary fractions miss."""
    inputs = [f"i{number}" for number in range(50)]
    rule = {"percent": 58, "at": "FAILED", "gives": "PARTIAL"}
    voters = drawn(f"{' '.join(inputs)} --> v", [{"of": "v", "inputs": inputs, "rules": [rule]}])

    assert (3,) == vector(failed(voters, *inputs[:29]), "v")
    assert (2,) == vector(failed(voters, *inputs[:28]), "v")
