"""The impact semantics by brute force: slow, short, and sharing no code with the product.

Every failure is tried and every evaluation repeated from nothing until it no longer moves. States
are 0 OK, 1 DEGRADED, 2 CRITICAL, 3 PARTIAL, 4 FAILED, as in the worked examples of the semantics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any

WORDS = ("OK", "DEGRADED", "CRITICAL", "PARTIAL", "FAILED")
OK, DEGRADED, CRITICAL, PARTIAL, FAILED = range(5)
PHYSICAL = frozenset(
    {
        "Controller", "Enclosure", "Fan", "Host", "LnetInterface", "LustreServer",
        "NetworkInterface", "NetworkSwitch", "PhysicalDisk", "PowerSupply", "VirtualMachine",
    }
)  # fmt: skip
LUSTRE_CAPS = {
    "ManagementTarget": "DEGRADED",
    "MetadataTarget": "PARTIAL",  # but MDT0000
    "ObjectStorageTarget": "PARTIAL",
}

Document = dict[str, Any]
States = Mapping[str, int]


class UnsupportedCycle(Exception):
    """Something is down even on the healthy site: a cycle that nothing outside holds up."""


@dataclass(frozen=True)
class Group:
    """One group of inputs of one resource."""

    seen: dict[str, list[int]]
    """By input: the state that arrives for each of its states."""
    size: int
    out_of_sync: frozenset[str]
    tolerated: int
    """How many may fail; without meaning where there are rules."""
    rules: list[Document]
    weights: Document
    cap: int

    def lets_through(self, source: str, threshold: int) -> bool:
        """This is a series, and `source` at `threshold` takes the resource to it."""
        arriving = min(self.cap, self.seen[source][threshold])
        return not self.rules and self.tolerated == 0 and arriving >= threshold

    def gate(self, states: States) -> int:
        """Return what the group does to its resource."""
        arriving = {
            source: FAILED if source in self.out_of_sync else seen[states[source]]
            for source, seen in self.seen.items()
        }
        missing = [FAILED] * (self.size - len(arriving))
        if self.rules:
            return min(self.cap, self._worst_rule(arriving, len(missing)))
        worst_first = sorted([*arriving.values(), *missing], reverse=True)
        failed = sum(state >= PARTIAL for state in worst_first)
        if self.tolerated == 0:
            return min(self.cap, worst_first[0])
        if failed > self.tolerated:
            return min(self.cap, FAILED)
        if failed == 0:
            by_count = min(worst_first[0], DEGRADED)
        else:
            by_count = CRITICAL if failed == self.tolerated else DEGRADED
        return min(self.cap, max(worst_first[self.tolerated], by_count))

    def _worst_rule(self, arriving: States, missing: int) -> int:
        worst = OK
        for rule in self.rules:
            beyond = [uid for uid, state in arriving.items() if state >= WORDS.index(rule["at"])]
            count = len(beyond) + missing
            weight = missing + sum(_exact(self.weights.get(uid, 1)) for uid in beyond)
            if (
                ("count" in rule and count >= _exact(rule["count"]))
                or ("percent" in rule and 100 * count >= _exact(rule["percent"]) * self.size)
                or ("weight" in rule and weight >= _exact(rule["weight"]))
            ):
                worst = max(worst, WORDS.index(rule["gives"]))
        return worst


@dataclass(frozen=True)
class Site:
    """A document, read."""

    groups: dict[str, list[Group]]
    can_fail: frozenset[str]
    fates: dict[int, list[set[str]]]
    """By threshold: all resources, those that share their fate at it together."""


def judge(document: Document, *, margin_bound: int = 1) -> dict[str, Any]:
    """Return what `topology evaluate --json` prints for a valid document.

    `because` holds, instead of one explanation, all root causes that could be named.
    `margin` is null beyond `margin_bound` failures. Raises UnsupportedCycle.
    """
    site, healthy_site = _site(document), _site(_healthy(document))
    nothing_wrong = dict.fromkeys(healthy_site.groups, OK)
    if any(state >= PARTIAL for state in _gates(healthy_site, nothing_wrong).values()):
        raise UnsupportedCycle
    by_design = _single_points(healthy_site, nothing_wrong)
    best, worst = _own_states(document, unknown=OK), _own_states(document, unknown=FAILED)
    low, high = _published(site, best, by_design), _published(site, worst, by_design)
    ended = {uid for uid, gate in _gates(site, best).items() if gate >= PARTIAL}
    points = {uid: found - ended for uid, found in _single_points(site, best).items()}
    return {
        "states": {uid: {"low": WORDS[low[uid]], "high": WORDS[high[uid]]} for uid in low},
        "because": {uid: _troubles(document, uid, worst) for uid in high if high[uid] > OK},
        "single_points": {
            uid: {
                "by_design": sorted(found & by_design[uid]),
                "new": sorted(found - by_design[uid]),
            }
            for uid, found in points.items()
            if found
        },
        "margin": _margins(site, best, margin_bound),
    }


def _own_states(document: Document, *, unknown: int) -> dict[str, int]:
    words = {one["id"]: one.get("state", "OK") for one in document["resources"]}
    return {uid: unknown if w == "UNKNOWN" else WORDS.index(w) for uid, w in words.items()}


def _site(document: Document) -> Site:
    groups: dict[str, list[Group]] = {
        one["id"]: [_group(document, declared) for declared in _declared(document, one["id"])]
        for one in document["resources"]
    }
    can_fail = {
        one["id"]
        for one in document["resources"]
        if one.get("can_fail", one.get("class") in PHYSICAL or not _sources(document, one["id"]))
    }
    fates = {threshold: _fates(groups, threshold) for threshold in (PARTIAL, FAILED)}
    return Site(groups, frozenset(can_fail), fates)


def _sources(document: Document, uid: str) -> dict[str, Any]:
    """Return the map of each input of `uid`."""
    return {one["from"]: one.get("map") for one in document.get("links", []) if one["to"] == uid}


def _declared(document: Document, uid: str) -> list[Document]:
    """Return the groups of `uid`, those that nobody wrote included."""
    written = [one for one in document.get("groups", []) if one["of"] == uid]
    named = {source for one in written for source in one["inputs"]}
    classes = {one["id"]: one.get("class") for one in document["resources"]}
    unwritten: dict[str, list[str]] = {}
    for source in _sources(document, uid).keys() - named:
        cap = "FAILED"
        if classes[uid] == "LustreFilesystem" and not source.endswith("MDT0000"):
            cap = LUSTRE_CAPS.get(classes[source], cap)
        unwritten.setdefault(cap, []).append(source)
    return written + [
        {"of": uid, "inputs": sources, "cap": cap} for cap, sources in unwritten.items()
    ]


def _group(document: Document, declared: Document) -> Group:
    size = declared.get("size", len(declared["inputs"]))
    maps = _sources(document, declared["of"])
    return Group(
        seen={source: _seen(maps[source]) for source in declared["inputs"]},
        size=size,
        out_of_sync=frozenset(declared.get("out_of_sync", [])),
        tolerated=declared.get("tolerates", size - declared.get("needs", size)),
        rules=declared.get("rules", []),
        weights=declared.get("weights", {}),
        cap=WORDS.index(declared.get("cap", "FAILED")),
    )


def _exact(number: float) -> Fraction:
    """Return the number that was written, not its nearest binary fraction."""
    return Fraction(str(number))


def _seen(link_map: Any) -> list[int]:
    """Return what arrives for OK, DEGRADED, CRITICAL, PARTIAL and FAILED."""
    match link_map:
        case None:
            return [OK, DEGRADED, CRITICAL, PARTIAL, FAILED]
        case "ignore":
            return [OK] * 5
        case {"cap": word}:
            return [min(state, WORDS.index(word)) for state in range(5)]
        case {"fixed": word}:
            return [OK] + [WORDS.index(word)] * 4
        case {"shift": levels}:
            return [OK] + [min(max(state + levels, OK), FAILED) for state in range(1, 5)]
    return [WORDS.index(link_map["table"].get(word, word)) for word in WORDS]


def _healthy(document: Document) -> Document:
    """Return the same layout with every own state OK, every group at its size and in sync."""
    can_fail = _site(document).can_fail
    resources = [
        {"id": one["id"], "class": one.get("class"), "can_fail": one["id"] in can_fail}
        for one in document["resources"]
    ]
    links, groups = list(document.get("links", [])), []
    for number, group in enumerate(document.get("groups", [])):
        lacking = range(group.get("size", len(group["inputs"])) - len(group["inputs"]))
        found = [f"found {number} {index}" for index in lacking]
        resources += [{"id": uid, "class": None, "can_fail": False} for uid in found]
        links += [{"from": uid, "to": group["of"]} for uid in found]
        groups.append({**group, "inputs": [*group["inputs"], *found], "out_of_sync": []})
    return {"resources": resources, "links": links, "groups": groups}


def _fates(groups: dict[str, list[Group]], threshold: int) -> list[set[str]]:
    """Return the resources, put together where series links that pass `threshold` form a cycle."""
    reached = {uid: {uid} for uid in groups}
    moved = True
    while moved:
        moved = False
        for uid, own_groups in groups.items():
            for group in own_groups:
                for source in group.seen:
                    if group.lets_through(source, threshold) and not (
                        reached[source] <= reached[uid]
                    ):
                        reached[uid] |= reached[source]
                        moved = True
    together = ({a for a in groups if a in reached[b] and b in reached[a]} for b in groups)
    return [set(fate) for fate in {frozenset(fate) for fate in together}]


def _gates(site: Site, own: States) -> dict[str, int]:
    """Return gate(v) of every resource."""
    known = dict.fromkeys(site.groups, OK)
    while True:
        # Lesser trouble that a map raises may end what held a cycle up, so that is asked again.
        not_up = _not_up(site, own, known)
        raised = _upwards(site, {uid: max(known[uid], own[uid], not_up[uid]) for uid in known})
        if raised == known:
            return known
        known = raised


def _not_up(site: Site, own: States, known: States) -> dict[str, int]:
    """Return the state that each resource has at least: nothing is up until it is shown to be."""
    at_least = dict.fromkeys(site.groups, FAILED)

    def is_up(uid: str, threshold: int, fate: set[str]) -> bool:
        """Tell whether all but its fate keeps `uid` above the threshold."""
        gates = [
            group.gate(
                {
                    source: known[source]
                    if source in fate and group.lets_through(source, threshold)
                    else max(known[source], at_least[source])
                    for source in group.seen
                }
            )
            for group in site.groups[uid]
        ]
        return max(own[uid], known[uid], *gates) < threshold

    moved = True
    while moved:
        moved = False
        for threshold, next_better in ((FAILED, PARTIAL), (PARTIAL, OK)):
            for fate in site.fates[threshold]:
                if all(is_up(uid, threshold, fate) for uid in fate):
                    for uid in fate:
                        moved = moved or at_least[uid] > next_better
                        at_least[uid] = min(at_least[uid], next_better)
    return at_least


def _upwards(site: Site, start: dict[str, int]) -> dict[str, int]:
    """Return the least states, at least `start`, that agree with every gate."""
    states, before = start, None
    while states != before:
        before = states
        states = {
            uid: max([before[uid], *(group.gate(before) for group in groups)])
            for uid, groups in site.groups.items()
        }
    return states


def _components(site: Site, own: States, gates: States) -> list[str]:
    """Return what could still fail by itself.

    What is PARTIAL can get worse: were it left out, some states would improve as it worsens.
    """
    may_fail = (uid for uid in gates if uid in site.can_fail or own[uid] >= CRITICAL)
    return [uid for uid in may_fail if gates[uid] < FAILED]


def _single_points(site: Site, own: States) -> dict[str, set[str]]:
    """Fail every component that can still fail, one at a time, and see what that ends."""
    gates = _gates(site, own)
    points: dict[str, set[str]] = {uid: set() for uid in gates}
    for component in _components(site, own, gates):
        after = _gates(site, {**own, component: FAILED})
        for uid in gates:
            if gates[uid] < PARTIAL <= after[uid]:
                points[uid].add(component)
    return points


def _published(site: Site, own: States, by_design: Mapping[str, set[str]]) -> dict[str, int]:
    gates, points = _gates(site, own), _single_points(site, own)
    published = {}
    for uid, gate in gates.items():
        by_rule = max((group.gate(gates) for group in site.groups[uid] if group.rules), default=OK)
        predicted = any(own[point] >= CRITICAL for point in points[uid])
        if gate >= PARTIAL:
            first = gate
        elif points[uid] - by_design[uid] or predicted:
            first = CRITICAL
        else:
            first = by_rule or min(gate, DEGRADED)
        published[uid] = max(own[uid], first)
    return published


def cut_sets(document: Document, bound: int) -> dict[str, set[frozenset[str]]]:
    """Return the smallest sets of further failures that end each resource, all of one size.

    The empty set for what has ended; none where more than `bound` failures are needed.
    """
    return _cut_sets(_site(document), _own_states(document, unknown=OK), bound)


def _cut_sets(site: Site, own: States, bound: int) -> dict[str, set[frozenset[str]]]:
    """Try all sets of what has not failed, the smallest first."""
    gates = _gates(site, own)
    found = {uid: {frozenset[str]()} if gate >= PARTIAL else set() for uid, gate in gates.items()}
    components = [uid for uid in _components(site, own, gates) if gates[uid] < PARTIAL]
    for count in range(1, bound + 1):
        asked = [uid for uid in found if not found[uid]]
        for failing in combinations(components, count):
            after = _gates(site, {**own, **dict.fromkeys(failing, FAILED)})
            for uid in asked:
                if after[uid] >= PARTIAL:
                    found[uid].add(frozenset(failing))
    return found


def _margins(site: Site, own: States, bound: int) -> dict[str, int | None]:
    found = _cut_sets(site, own, bound)
    return {uid: min(map(len, sets), default=None) for uid, sets in found.items()}


def _troubles(document: Document, uid: str, own: States) -> set[str]:
    """Return where trouble begins, here or anywhere upstream.

    That is what is not OK by itself, what lacks a member, and a member that is out of sync.
    """
    upstream, before = {uid}, set[str]()
    while upstream != before:
        before = upstream
        upstream = before | {
            one["from"] for one in document.get("links", []) if one["to"] in before
        }
    beginning = {each for each in upstream if own[each] > OK}
    for group in document.get("groups", []):
        if group["of"] in upstream:
            beginning |= set(group.get("out_of_sync", []))
            if group.get("size", 0) > len(group["inputs"]):
                beginning.add(group["of"])
    return beginning
