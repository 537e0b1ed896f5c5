"""Answers in sentences: incidents rooted at causes, and what each means for a filesystem.

The same text stands on the pages, in the API and on the command line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

from topology.builtin_classes import BUILTIN_CLASSES
from topology.model import Resource
from topology.state import OK, Interval, State, worst_first
from topology.view import View

_WORD = re.compile(r"[A-Za-z0-9._~-]+")  # the alphabet of uids
_EACH_ENDS_IT = " each end it now"
_CAUSE_WORDS = {
    State.FAILED: "failed",
    State.PARTIAL: "is partly down",
    State.CRITICAL: "is about to fail",
    State.DEGRADED: "is degraded",
}
_SERVICE_WORDS = {
    State.OK: "is OK",
    State.DEGRADED: "is degraded, not down",
    State.CRITICAL: "is critical: it works, but one more failure can end it",
    State.PARTIAL: "is partly down",
    State.FAILED: "is down",
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One open root cause: a resource with own trouble that reaches a service."""

    incident_id: str
    """The cause and the revision its trouble began at; stable over restarts, URL-safe."""
    cause: str
    """Uid of the root cause."""
    since: float
    """Epoch seconds."""
    affected: tuple[str, ...]
    """Uids of what it reaches, worst first."""
    services: tuple[str, ...]
    """Those of them that people use, filesystems first, then worst first."""
    lead: str
    """What is wrong with the cause: "disk35.4 failed."."""
    effect: str
    """What that means for the filesystems, in the sentences that follow."""

    @property
    def sentence(self) -> str:
        """The whole answer in one line."""
        return f"{self.lead} {self.effect}"


_KNOWN_AS = {
    "PhysicalDisk": "disk",
    "ManagementTarget": "MGT",
    "MetadataTarget": "MDT",
    "ObjectStorageTarget": "OST",
    "LustreServer": "Lustre server",
    "LustreFilesystem": "Lustre filesystem",
    "LustreClientMount": "Lustre client mount",
}
"""Classes that people call otherwise than their names say."""


@lru_cache(maxsize=1)  # of the newest view; every page asks
def incidents_of(view: View) -> tuple[Incident, ...]:
    """Return the open incidents, the one with the worst effect first."""
    causes = [uid for uid, one in view.resources.items() if one.own_state != OK]
    found = [incident for uid in causes if (incident := incident_at(view, uid)) is not None]
    return tuple(
        sorted(
            found,
            key=lambda one: (
                worst_first(worst(view, one.services)),
                worst_first(view.resources[one.cause].own_state),
                -one.since,
                one.cause,
            ),
        )
    )


def incident_at(view: View, cause: str) -> Incident | None:
    """Return the incident rooted at `cause`, None where its trouble reaches no service."""
    affected = view.affected_by(cause)
    services = [uid for uid in affected if view.resources[uid].merged.is_service]
    services.sort(key=lambda uid: uid not in view.filesystems)
    if not services:
        return None
    resource = view.resources[cause]
    return Incident(
        incident_id=f"{cause}.{resource.own_revision}",
        cause=cause,
        since=resource.own_since,
        affected=affected,
        services=tuple(services),
        lead=f"{resource.name} {own_words(resource)}.",
        effect=_effect_sentences(view, services),
    )


def loose_troubles(view: View, incidents: Collection[Incident]) -> tuple[str, ...]:
    """Return what has trouble of its own that reaches no service, so is no incident."""
    causes = {one.cause for one in incidents}
    return view.worst_first(
        uid for uid, one in view.resources.items() if one.own_state != OK and uid not in causes
    )


def site_sentence(view: View, incidents: Collection[Incident]) -> str:
    """Return what is broken and what it hits, in one line."""
    if not view.resources:
        return "Nothing has been reported yet."
    causes = [one.cause for one in incidents] or list(loose_troubles(view, incidents))
    lead = _troubles_sentence(view, causes)
    if causes and not incidents:
        lead = f"{lead.removesuffix('.')}, but no service feels it."
    services = view.filesystems or view.ends
    troubled = [uid for uid in services if view.state(uid) != OK]
    said = [service_sentence(view, uid) for uid in view.worst_first(troubled)[:3]]
    if len(troubled) > len(said):
        said.append(f"{len(troubled) - len(said)} more are not OK.")
    fine = len(services) - len(troubled)
    if fine == 1:
        said.append(f"{next(view.name(uid) for uid in services if uid not in troubled)} is OK.")
    elif fine:
        said.append(f"{'All' if not troubled else 'Another'} {fine} are OK.")
    return " ".join((lead, *said))


def _troubles_sentence(view: View, causes: Collection[str]) -> str:
    silent = sum(not view.resources[uid].own_state.is_known for uid in causes)
    broken = len(causes) - silent
    said = []
    if broken:
        said.append("1 thing is broken" if broken == 1 else f"{broken} things are broken")
    if silent:
        said.append(
            "1 part does not report its state"
            if silent == 1
            else f"{silent} parts do not report their state"
        )
    return f"{_joined(said) or 'Nothing is broken'}."


def service_sentence(view: View, uid: str) -> str:
    """Return the state of one resource in words: "scratch is degraded, not down."."""
    return f"{view.name(uid)} {state_words(view.state(uid))}."


def state_words(state: Interval) -> str:
    """Return a published state as the end of a sentence; an unknown names its two ends."""
    if state.is_known:
        return _SERVICE_WORDS[state.low]
    return (
        f"is unknown: at best {state.low.name}, at worst {state.high.name}, "
        "until its silent parts report again"
    )


def own_words(resource: Resource) -> str:
    """Return what is wrong with a resource itself as the end of a sentence."""
    if resource.missing_since is not None:
        return "is missing"
    if not resource.own_state.is_known:
        return "does not report its state"
    return _CAUSE_WORDS.get(resource.own_state.low, "is OK")


def single_points_sentence(view: View, uid: str, points: Collection[str] | None = None) -> str:
    """Return which parts a failure has made into single points of failure, "" where none.

    `points` are some of those, where not all are to be named.
    """
    new = view.single_points(uid).new if points is None else points
    if not new:
        return ""
    verb = "has" if len(new) == 1 else "have"
    noun = "a single point" if len(new) == 1 else "single points"
    return f"{_listing(view, new)} {verb} become {noun} of failure of {view.name(uid)}."


def new_points_of(view: View, incident: Incident, service: str) -> tuple[str, ...]:
    """Return what this incident, and not only another one, made single points of a service."""
    feeding = (uid for uid in incident.affected if view.lane(uid) < view.lane(service))
    local = {point for uid in feeding for point in view.single_points(uid).new}
    return tuple(point for point in view.single_points(service).new if point in local)


def rule_words(view: View, uid: str) -> str:
    """Return why a resource is not OK, with names where the rule has ids; "" where it is OK.

    More than four single points are counted by class.
    """
    because = view.judgement.because.get(uid)
    rule = because.rule if because else ""
    listed, is_list, _ = rule.partition(_EACH_ENDS_IT)
    points = listed.split(", ")
    new = view.single_points(uid).new
    unlisted = points.pop() if points[-1].endswith(" more") else ""
    if unlisted == f"{len(new) - len(points)} more":  # the engine names the first of them only
        points, unlisted = list(new), ""
    if is_list and view.resources.keys() >= set(points):
        few = [view.name(point) for point in view.sorted_by_name(points)]
        said = few if len(few) <= 4 else _counts(view, points)
        return _joined([*said, unlisted] if unlisted else said) + _EACH_ENDS_IT
    return _WORD.sub(
        lambda found: view.name(found[0]) if found[0] in view.resources else found[0], rule
    )


def worst(view: View, uids: Iterable[str]) -> Interval:
    """Return the worst published state among `uids`, OK where there are none."""
    return min((view.state(uid) for uid in uids), key=worst_first, default=OK)


def kind_of(resource: Resource) -> str:
    """Return the built-in class it is one of, which people know, else its own."""
    classes = resource.merged.classes
    return next((name for name in classes if name in BUILTIN_CLASSES), classes[0])


def plural_of(class_name: str, count: int) -> str:
    """Return "1 enclosure", "3 OSTs": the words for a class name and a count."""
    spaced = "".join(f" {one.lower()}" if one.isupper() else one for one in class_name).strip()
    words = _KNOWN_AS.get(class_name, spaced)
    ending = "" if count == 1 else "es" if words.endswith(("ch", "s", "x")) else "s"
    return f"{count:,} {words}{ending}"


def _listing(view: View, uids: Iterable[str]) -> str:
    """Name a few; count many by their class, naming a few of each."""
    by_name = view.sorted_by_name(uids)
    if len(by_name) <= 4:
        return _joined([view.name(uid) for uid in by_name])
    classes = Counter(kind_of(view.resources[uid]) for uid in by_name)
    said = []
    for class_name, count in sorted(classes.items(), key=lambda one: (one[1], one[0])):
        names = [view.name(uid) for uid in by_name if kind_of(view.resources[uid]) == class_name]
        shown = ", ".join(names[:4]) + (", …" if count > 4 else "")
        said.append(f"{plural_of(class_name, count)} ({shown})")
    return _joined(said)


def _counts(view: View, uids: Iterable[str]) -> list[str]:
    """Count by class, the smallest class first."""
    classes = Counter(kind_of(view.resources[uid]) for uid in uids)
    return [
        plural_of(class_name, count)
        for class_name, count in sorted(classes.items(), key=lambda one: (one[1], one[0]))
    ]


def _joined(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def _effect_sentences(view: View, services: list[str]) -> str:
    filesystems = [uid for uid in services if uid in view.filesystems]
    shown = filesystems or services[:1]
    said = [service_sentence(view, uid) for uid in shown[:3]]
    if len(shown) > 3:
        said.append(f"{len(shown) - 3} more filesystems are affected.")
    targets = [uid for uid in services if uid not in shown]
    if filesystems and targets:
        of_all = sum(uid not in view.filesystems for uid in view.services)
        verb = "is" if len(targets) == 1 else "are"
        said.append(f"{len(targets)} of {of_all} targets {verb} affected.")
    return " ".join(said)
