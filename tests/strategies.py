"""Hypothesis strategies for what `topology evaluate` judges, and how hard to try.

Every document drawn is valid, except that a cycle may be one that nothing supports.
HYPOTHESIS_PROFILE=thorough tries thousands of examples instead of a good hundred.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

Document = dict[str, Any]

STATES = ("OK", "DEGRADED", "CRITICAL", "PARTIAL", "FAILED")
TROUBLES = STATES[1:]
CLASSES = ("Widget", "PhysicalDisk", "Enclosure", "StoragePool", "ObjectStorageTarget")
NAMES = "abcdefghij"

settings.register_profile(
    "normal", max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("normal"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))
FEWER = settings(max_examples=settings().max_examples // 5)
"""For layouts that take a brute force oracle long to judge."""


def rarely(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    """Draw from `strategy` one time in six, else `otherwise`."""
    return st.sampled_from([False] * 5 + [True]).flatmap(
        lambda chosen: strategy if chosen else st.just(otherwise)
    )


def own_words() -> st.SearchStrategy[str]:
    """Draw an own state: mostly OK, each of the other five now and then."""
    return st.sampled_from([*["OK"] * 9, *TROUBLES, "FAILED", "UNKNOWN"])


@st.composite
def tables(draw: st.DrawFn) -> dict[str, str]:
    """Draw a monotone table of all four troubles."""
    seen = sorted(draw(st.lists(st.sampled_from(range(5)), min_size=4, max_size=4)))
    return {state: STATES[level] for state, level in zip(TROUBLES, seen, strict=True)}


def link_maps() -> st.SearchStrategy[Any]:
    """Draw each kind of map."""
    return st.one_of(
        st.just("ignore"),
        st.builds(lambda word: {"cap": word}, st.sampled_from(STATES)),
        st.builds(lambda levels: {"shift": levels}, st.integers(-3, 3)),
        st.builds(lambda word: {"fixed": word}, st.sampled_from(STATES)),
        st.builds(lambda table: {"table": table}, tables()),
    )


@st.composite
def rules(draw: st.DrawFn, size: int) -> dict[str, Any]:
    """Draw one rule for a group of `size` inputs."""
    measure, amounts = draw(
        st.sampled_from(
            [
                ("count", range(1, size + 1)),
                ("percent", (0.5, 20, 33, 33.4, 50, 58, 66.7, 75, 100)),
                ("weight", (0.3, 1, 1.5, 2, 4)),
            ]
        )
    )
    return {
        measure: draw(st.sampled_from(amounts)),
        "at": draw(st.sampled_from(TROUBLES)),
        "gives": draw(st.sampled_from(TROUBLES)),
    }


@st.composite
def groups(draw: st.DrawFn, uid: str, sources: list[str]) -> Document:
    """Draw one group of `uid` over some of its `sources`."""
    inputs = draw(st.lists(st.sampled_from(sources), min_size=1, unique=True))
    group: Document = {"of": uid, "inputs": inputs}
    size = len(inputs)
    if (more := draw(rarely(st.integers(0, 2)))) is not None:
        size += more
        group["size"] = size
    match draw(st.sampled_from(["needs", "tolerates", "tolerates", "all", "rules"])):
        case "needs":
            group["needs"] = draw(st.integers(1, size))
        case "tolerates":
            group["tolerates"] = draw(st.integers(0, size - 1))
        case "rules":
            group["rules"] = draw(st.lists(rules(size), min_size=1, max_size=3))
            if draw(st.booleans()):
                weights = st.sampled_from([0, 0.1, 0.2, 0.5, 1, 2, 3])
                group["weights"] = draw(st.dictionaries(st.sampled_from(inputs), weights))
    if (cap := draw(rarely(st.sampled_from(STATES)))) is not None:
        group["cap"] = cap
    if stale := draw(rarely(st.lists(st.sampled_from(inputs), unique=True, max_size=2))):
        group["out_of_sync"] = stale
    return group


@st.composite
def resources(draw: st.DrawFn, uid: str) -> Document:
    """Draw one resource."""
    resource: Document = {"id": uid}
    if (word := draw(own_words())) != "OK":
        resource["state"] = word
    if (class_name := draw(rarely(st.sampled_from(CLASSES)))) is not None:
        resource["class"] = class_name
    if (can_fail := draw(st.sampled_from([None, None, True, False]))) is not None:
        resource["can_fail"] = can_fail
    return resource


@st.composite
def links(draw: st.DrawFn, uids: list[str], *, layered: bool, cyclic: bool) -> list[Document]:
    """Draw links along the order of `uids`, between neighbouring layers of up to three or freely.

    PARENT_OF never goes backwards, so it forms no cycle.
    """
    found: list[Document] = []
    width = draw(st.integers(1, 3))
    for position, uid in enumerate(uids):
        first = position // width * width
        earlier = uids[max(0, first - width) : first] if layered else uids[:position]
        if earlier:
            sources = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=4))
            kinds = st.sampled_from(["PARENT_OF", "AFFECTS", "PROVIDES", None])
            found += [{"from": source, "to": uid, "kind": draw(kinds)} for source in sources]
    if cyclic:
        pairs = st.lists(st.sampled_from(uids), min_size=2, max_size=2, unique=True)
        for source, uid in draw(st.lists(pairs, min_size=1, max_size=4)):
            if not any(one["from"] == source and one["to"] == uid for one in found):
                kind = draw(st.sampled_from(["AFFECTS", "PROVIDES"]))
                found.append({"from": source, "to": uid, "kind": kind})
    for link in found:
        if link["kind"] is None:
            del link["kind"]
        if (link_map := draw(rarely(link_maps()))) is not None:
            link["map"] = link_map
    return found


@st.composite
def documents(draw: st.DrawFn, *, cyclic: bool) -> Document:
    """Draw any layout of 2 to 10 resources; `cyclic`: some links may go back."""
    # The order of the ids says nothing about the order of the links.
    uids = draw(st.permutations(NAMES[: draw(st.integers(2, len(NAMES)))]))
    found = draw(links(uids, layered=draw(st.booleans()), cyclic=cyclic))
    declared: list[Document] = []
    for uid in uids:
        sources = [one["from"] for one in found if one["to"] == uid]
        if sources:
            declared += draw(st.lists(groups(uid, sources), max_size=2))
    twice = draw(rarely(st.lists(st.sampled_from(found), max_size=2), [])) if found else []
    return {
        "resources": [draw(resources(uid)) for uid in uids],
        "links": found + twice,
        "groups": declared,
    }


@st.composite
def storage_sites(draw: st.DrawFn) -> Document:
    """Draw a small Lustre site with up to three troubles.

    enclosure --> disk --> pool --> lun --> device of a server --> target --> filesystem
                            controller --> paths of a server --> device of a server
    """
    enclosures = [f"enclosure{n}" for n in range(draw(st.integers(2, 4)))]
    pools = draw(st.integers(1, 2))
    width, tolerates = draw(st.sampled_from([(2, 1), (3, 1), (4, 2)]))
    servers = ["server0", "server1"]
    controllers = ["controller0", "controller1"]
    classes = dict.fromkeys(enclosures, "Enclosure")
    classes |= dict.fromkeys(servers, "LustreServer") | dict.fromkeys(controllers, "Controller")
    found: list[Document] = []
    declared: list[Document] = []

    def add(uid: str, class_name: str, *sources: str, **gate: Any) -> None:
        classes[uid] = class_name
        found.extend({"from": source, "to": uid} for source in sources)
        if gate:
            declared.append({"of": uid, "inputs": list(sources), **gate})

    for pool in range(pools):
        disks = [f"disk{pool}{n}" for n in range(width)]
        for number, disk in enumerate(disks):
            add(disk, "PhysicalDisk", enclosures[number % len(enclosures)])
        pulled = draw(rarely(st.just(1), 0))
        add(
            f"pool{pool}", "StoragePool", *disks[pulled:], size=width, tolerates=tolerates,
            out_of_sync=draw(rarely(st.just(disks[-1:]), [])),
        )  # fmt: skip
        add(f"lun{pool}", "LogicalDrive", f"pool{pool}")
    for server in servers:
        add(f"paths_{server}", "MultipathDevice", *controllers, needs=1)
    targets = [f"fs-OST{n:04x}" for n in range(pools)]
    for number, target in enumerate(targets):
        for server in servers:
            uid = f"device{number}_{server}"
            add(uid, "DeviceNode", f"lun{number}", f"paths_{server}", server)
        devices = [f"device{number}_{server}" for server in servers]
        add(target, "ObjectStorageTarget", *devices, needs=1)
    for target, class_name in (
        ("MGS", "ManagementTarget"),
        ("fs-MDT0000", "MetadataTarget"),
        ("fs-MDT0001", "MetadataTarget"),
    ):
        add(target, class_name, *servers, needs=1)
        targets.append(target)
    add("fs", "LustreFilesystem", *targets)
    words = st.sampled_from([*["FAILED"] * 3, *TROUBLES, "UNKNOWN"])
    troubles = draw(st.dictionaries(st.sampled_from(sorted(classes)), words, max_size=3))
    return {
        "resources": [
            {"id": uid, "class": class_name, "state": troubles.get(uid, "OK")}
            for uid, class_name in classes.items()
        ],
        "links": found,
        "groups": declared,
    }
