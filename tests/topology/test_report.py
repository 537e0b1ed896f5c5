"""What people read: incidents rooted at causes, and sentences that say what is hit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from graph import Graph, claim

from topology.errors import ResourceNotFound
from topology.gates import Group, Tolerates
from topology.live.live_topology import view_after, view_of
from topology.live.view import View, natural
from topology.model import Claim
from topology.publishing.published import published_of
from topology.report import (
    incidents_of,
    margin_sentence,
    plural_of,
    rule_words,
    service_sentence,
    sharing_with,
    single_points_sentence,
    site_sentence,
    trouble_words,
    weak_parts,
)
from topology.state import EXACTLY, UNKNOWN, Interval, State

FAILED = EXACTLY[State.FAILED]


def target(name: str, disks: Iterable[str]) -> dict[str, Claim]:
    """disks --> pool (tolerates 1) --> target; names are the uids."""
    members = dict.fromkeys(disks, "disks")
    pool = claim(
        "StoragePool",
        parents=members,
        of=members,
        groups=(Group("disks", Tolerates(1)),),
        label=f"pool-{name}",
    )
    ost = claim("ObjectStorageTarget", parents=[f"pool-{name}"], label=name)
    return {
        **{disk: claim(label=disk) for disk in members},
        f"pool-{name}": replace(pool, can_fail=False),
        name: replace(ost, can_fail=False, is_service=True),
    }


def site(own: dict[str, Interval] | None = None) -> View:
    """a1 a2 a3 --> OST0 --> scratch <-- OST1 <-- b1 b2 b3, and a filesystem home that is apart."""
    everything = {
        **target("OST0", ["a1", "a2", "a3"]),
        **target("OST1", ["b1", "b2", "b3"]),
        "scratch": service("scratch", ["OST0", "OST1"]),
        "home": service("home", []),
    }
    for uid, state in (own or {}).items():
        everything[uid] = replace(everything[uid], own_state=state)
    graph = Graph()
    graph.report(everything)
    return view_of(graph.replica, at=graph.now)


def service(name: str, targets: list[str]) -> Claim:
    """A filesystem that loses a part with a target."""
    osts = Group("targets", Tolerates(0), cap=State.PARTIAL)
    of = dict.fromkeys(targets, "targets")
    fs = claim("LustreFilesystem", parents=targets, of=of, groups=(osts,), label=name)
    return replace(fs, can_fail=False, is_service=True)


def test_a_healthy_site_is_said_to_be_healthy() -> None:
    """No incident, no alarm."""
    view = site()

    assert incidents_of(view) == ()
    assert site_sentence(view, ()) == "Nothing is broken. All 2 are OK."


def test_one_failed_disk_is_one_incident_that_names_what_it_hits() -> None:
    """RAID5: the filesystem works, and two disks can end it now."""
    view = site({"a1": FAILED})

    incidents = incidents_of(view)

    assert [one.sentence for one in incidents] == [
        "a1 failed. scratch is critical: it works, but one more failure can end it. "
        "1 of 2 targets is affected."
    ]
    assert single_points_sentence(view, "scratch") == (
        "a2 and a3 have become single points of failure of scratch."
    )
    assert site_sentence(view, incidents) == (
        "1 thing is broken. scratch is critical: it works, but one more failure can end it. "
        "home is OK."
    )


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (
            "",
            "scratch survives any 1 more failure; "
            "2 can end it: any 2 of 3 disks of pool-OST0 (and 1 more like it).",
        ),
        ("a1", "1 more failure can end scratch: any of a2 and a3."),
        ("a1 a2", ""),
    ],
)
def test_what_a_filesystem_survives_is_said_with_what_can_end_it(
    failed: str, expected: str
) -> None:
    """Two RAID5 pools of three disks; what has ended survives nothing."""
    view = site(dict.fromkeys(failed.split(), FAILED))

    said = margin_sentence(view, "scratch")

    assert expected == said


def test_what_shares_disks_and_enclosures_is_told_by_both() -> None:
    """e1 holds d1 and d2, e2 holds d3 and d4: RAID6 of six disks, of which two are apart."""
    disks = {f"d{n}": claim(label=f"d{n}") for n in range(1, 7)}
    for number, enclosure in enumerate(("e1", "e1", "e2", "e2"), start=1):
        disks[f"d{number}"] = claim(parents=[enclosure], label=f"d{number}")
    members = dict.fromkeys(disks, "disks")
    pool = claim(
        "StoragePool",
        parents=members,
        of=members,
        groups=(Group("disks", Tolerates(2)),),
        label="pool",
    )
    graph = Graph()
    graph.report(
        {
            **{name: claim("Enclosure", label=name) for name in ("e1", "e2")},
            **disks,
            "pool": replace(pool, can_fail=False),
        }
    )

    said = margin_sentence(view_of(graph.replica, at=graph.now), "pool")

    assert said == (
        "pool survives any 1 more failure; 2 can end it: e1 and e2; "
        "or e1 and any 1 of 4 disks of pool (and 1 more like it)."
    )


def test_the_cause_with_the_worst_effect_comes_first() -> None:
    """OST1 is lost, OST0 merely weakened."""
    view = site({"a1": FAILED, "b1": FAILED, "b2": FAILED})

    causes = [one.cause for one in incidents_of(view)]

    assert {"b1", "b2"} == set(causes[:2])
    assert causes[2] == "a1"
    assert service_sentence(view, "scratch") == "scratch is partly down."


def test_an_incident_tells_its_own_share_of_what_several_do() -> None:
    """a1 alone would spare its pool; with a2 the pool ends. b1 stands apart from both."""
    incidents = {one.cause: one for one in incidents_of(site(dict.fromkeys(["a1", "a2"], FAILED)))}

    assert incidents["a1"].sentence == (
        "a1 failed. scratch is partly down; a1 alone would leave it critical. "
        "1 of 2 targets is affected."
    )


def test_an_incident_that_is_all_there_is_has_no_share() -> None:
    """What it does alone is what it does."""
    (incident,) = incidents_of(site(dict.fromkeys(["b1"], FAILED)))

    assert "alone" not in incident.sentence


def test_incidents_that_hit_the_same_services_name_each_other() -> None:
    """The one with a target in common comes before the one that shares the filesystem only."""
    view = site(dict.fromkeys(["a1", "a2", "b1"], FAILED))
    (incident,) = (one for one in incidents_of(view) if one.cause == "a1")

    shared = [(other.cause, services) for other, services in sharing_with(view, incident)]

    assert [("a2", ("scratch", "OST0")), ("b1", ("scratch",))] == shared


def test_the_share_of_a_disk_that_is_out_of_sync_counts_that() -> None:
    """A disk that is written anew is lost to its pool, whatever else is the matter."""
    everything = target("OST0", ["a1", "a2", "a3"]) | target("OST1", ["b1", "b2", "b3"])
    pool = everything["pool-OST0"]
    rebuilt = (
        replace(one, out_of_sync=one.groups if one.source == "a1" else ()) for one in pool.inputs
    )
    everything["pool-OST0"] = replace(pool, inputs=tuple(rebuilt))
    degraded = EXACTLY[State.DEGRADED]
    for uid in ("a1", "b1"):
        everything[uid] = replace(everything[uid], own_state=degraded)
    graph = Graph()
    graph.report(everything)
    view = view_of(graph.replica, at=graph.now)

    assert EXACTLY[State.CRITICAL] == view.state("OST0") == view.alone("a1")["OST0"]


def test_an_incident_keeps_its_id_while_its_cause_lasts() -> None:
    """Another failure elsewhere changes the graph, not the incident."""
    graph = Graph()
    everything = target("OST0", ["a1", "a2", "a3"])
    graph.report({**everything, "a1": replace(everything["a1"], own_state=FAILED)})
    before = incidents_of(view_of(graph.replica, at=graph.now))[0].incident_id

    graph.report({"a2": replace(everything["a2"], own_state=EXACTLY[State.DEGRADED])})

    ids = [one.incident_id for one in incidents_of(view_of(graph.replica, at=graph.now))]
    assert before in ids


def test_an_unknown_disk_is_said_to_be_unknown_never_ok() -> None:
    """At best, at worst."""
    view = site({"a1": UNKNOWN})

    assert service_sentence(view, "scratch") == (
        "scratch is unknown: at best OK, at worst CRITICAL, until its silent parts report again."
    )
    assert [one.sentence.split(".")[0] for one in incidents_of(view)] == [
        "a1 does not report its state"
    ]


def test_trouble_that_reaches_no_service_is_no_incident() -> None:
    """A fan of nothing."""
    graph = Graph()

    graph.report({"fan": claim("Fan", own=FAILED)})

    assert incidents_of(view_of(graph.replica, at=0.0)) == ()


def test_a_person_may_name_a_resource_by_uid_label_or_serial_but_only_where_it_is_unique() -> None:
    """Two disks of one label: the message names both."""
    graph = Graph()
    serial = replace(claim(label="twin"), attributes={"serial_number": "WD-4F2K"})
    graph.report({"d1": serial, "d2": claim(label="twin")})
    view = view_of(graph.replica, at=0.0)

    assert ("d1", "d2") == (view.find("wd-4f2k"), view.find("d2"))
    with pytest.raises(ResourceNotFound, match=r"'twin' names 2 resources; .* d1 .*, d2 "):
        view.find("twin")
    with pytest.raises(ResourceNotFound, match="no resource has the id"):
        view.find("nothing")


def test_numbers_in_names_are_ordered_as_people_count() -> None:
    """slot2 stands before slot10."""
    assert sorted(["slot10", "slot2", "Slot1"], key=natural) == ["Slot1", "slot2", "slot10"]


@pytest.mark.parametrize(
    ("class_name", "count", "words"),
    [
        ("Enclosure", 1, "1 enclosure"),
        ("NetworkSwitch", 2, "2 network switches"),
        ("LogicalDrive", 1234, "1,234 logical drives"),
        ("ObjectStorageTarget", 3, "3 OSTs"),
    ],
)
def test_classes_are_counted_in_words(class_name: str, count: int, words: str) -> None:
    """Class names read as words, or as what people say instead."""
    assert words == plural_of(class_name, count)


def test_a_view_that_reuses_the_one_before_is_the_same_as_a_fresh_one() -> None:
    """Own states, then links, then a missing member change; each answer is as from scratch."""
    graph = Graph()
    everything = target("OST0", ["a1", "a2", "a3"])
    graph.report(everything, is_complete=True)
    before = view_of(graph.replica, at=0.0)
    without = {**target("OST0", ["a1", "a2"])}

    for reported in (
        {**everything, "a1": replace(everything["a1"], own_state=FAILED)},
        {**everything, **target("OST1", ["b1", "b2"])},
        without,
        everything,
    ):
        graph.report(reported, is_complete=True)
        held = graph.replica.resources
        touched = {
            uid for uid in {*held, *before.resources} if held.get(uid) != before.resources.get(uid)
        }
        before = view_after(before, graph.replica, touched, at=0.0)

        fresh = view_of(graph.replica, at=0.0)
        assert fresh.resources == before.resources
        assert fresh.layout == before.layout
        assert fresh.judgement == before.judgement
        assert incidents_of(fresh) == incidents_of(before)
        assert sorted(fresh.troubled_by_itself) == sorted(before.troubled_by_itself)
        assert published_of(fresh) == published_of(before)


def test_targets_are_in_the_order_of_their_hexadecimal_index() -> None:
    """Lustre counts OST0009, OST000a, OST0010."""
    names = ["a-OST0010", "a-OST000a", "a-OST0009", "a-OST00a7"]

    assert ["a-OST0009", "a-OST000a", "a-OST0010", "a-OST00a7"] == sorted(names, key=natural)


def test_without_services_an_incident_reaches_what_nothing_else_needs() -> None:
    """supply --> shelf --> two disks, and no word of a service that there is none of."""
    graph = Graph()
    supply = claim("PowerSupply", label="supply", own=FAILED)
    shelf = claim("Enclosure", parents=["supply"], label="shelf")
    disks = {name: claim(parents=["shelf"], label=name) for name in ("d1", "d2")}
    graph.report({"supply": supply, "shelf": shelf, **disks})
    view = view_of(graph.replica, at=graph.now)

    (incident,) = incidents_of(view)

    assert ("supply", ("d1", "d2")) == (incident.cause, incident.services)
    assert "supply failed. d1 is down. 1 more is affected." == incident.sentence
    assert "1 thing is broken. d1 is down. d2 is down." == site_sentence(view, (incident,))
    assert "needs shelf, which is down" == rule_words(view, "d1")


def test_a_broken_part_that_nothing_needs_is_said_where_no_service_is_known() -> None:
    """A disk of a shelf, of which nobody said who uses it."""
    graph = Graph()
    graph.report({"d1": claim(label="d1", own=FAILED)})
    view = view_of(graph.replica, at=graph.now)

    assert "1 thing is broken. d1 is down." == site_sentence(view, incidents_of(view))


def test_a_member_that_is_not_in_sync_is_told_as_a_root_cause_that_is_not_broken() -> None:
    """a1, a2, a3 --> pool --> OST0, tolerates 1: a1 is rebuilt, and reaches what it weakens."""
    graph = Graph()
    everything = target("OST0", ["a1", "a2", "a3"])
    (pool,) = (uid for uid, one in everything.items() if any(i.source == "a1" for i in one.inputs))
    behind = tuple(
        replace(one, out_of_sync=one.groups if one.source == "a1" else ())
        for one in everything[pool].inputs
    )
    graph.report({**everything, pool: replace(everything[pool], inputs=behind)})

    view = view_of(graph.replica, at=graph.now)

    assert ("a1",) == weak_parts(view)
    assert f"is not in sync with {pool}" == trouble_words(view, "a1")
    assert pool in view.affected_by("a1")
    assert f"Nothing is broken. a1 is not in sync with {pool}." in site_sentence(view, ())


def test_a_group_that_was_never_whole_says_what_it_lacks() -> None:
    """A pool of three of which two were ever seen."""
    graph = Graph()
    group = Group("disks", Tolerates(1), size=3, of=("PhysicalDisk",))
    pool = claim(
        "StoragePool", parents=["a", "b"], of={"a": "disks", "b": "disks"}, groups=(group,)
    )

    graph.report({"a": claim(), "b": claim(), "pool": pool})

    view = view_of(graph.replica, at=graph.now)
    assert "Nothing is broken. StoragePool lacks 1 of the 3 inputs it should have." in (
        site_sentence(view, ())
    )
