"""Incidents, each rooted at one cause, and the site in one line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from topology.live.view import View
from topology.model import Resource
from topology.report.names import joined
from topology.report.sentences import (
    own_words,
    service_sentence,
    share_sentence,
    weak_words,
    worst,
)
from topology.state import OK, worst_first

_NAMED = 2
"""More weak parts than this are counted."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One open root cause: a resource with own trouble that reaches a service.

    Where no service is known, it reaches what nothing else needs.
    """

    incident_id: str
    """The cause and the revision its trouble began at; stable over restarts, URL-safe."""
    cause: str
    """Uid of the root cause."""
    since: float
    """Epoch seconds."""
    affected: tuple[str, ...]
    """Uids of what it reaches, worst first."""
    services: tuple[str, ...]
    """Those of them that are judged, filesystems first, then worst first."""
    lead: str
    """What is wrong with the cause: "disk35.4 failed."."""
    effect: str
    """What that means for the filesystems, alone and with the other troubles, in sentences."""

    @property
    def sentence(self) -> str:
        """The whole answer in one line."""
        return f"{self.lead} {self.effect}"


@lru_cache(maxsize=1)  # of the newest view; every page asks
def incidents_of(view: View) -> tuple[Incident, ...]:
    """Return the open incidents, the one with the worst effect first."""
    causes = [uid for uid in view.troubled_by_itself if _has_trouble(view.resources[uid])]
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
    """Return the incident rooted at `cause`, None where its trouble reaches nothing judged."""
    affected = view.affected_by(cause)
    services = [uid for uid in affected if uid in view.design.ends]
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
        effect=_effect_sentences(view, cause, services),
    )


def loose_troubles(view: View, incidents: Collection[Incident]) -> tuple[str, ...]:
    """Return what has trouble of its own that reaches nothing judged, so is no incident."""
    causes = {one.cause for one in incidents}
    return view.worst_first(
        uid
        for uid in view.troubled_by_itself
        if uid not in causes and _has_trouble(view.resources[uid])
    )


@lru_cache(maxsize=1)  # of the newest view; every page asks
def weak_parts(view: View) -> tuple[str, ...]:
    """Return what is a root cause although nothing of it itself is wrong, worst first.

    It is not in sync, or it lacks inputs that nobody reports. Cost: what the because-of links of
    what is judged lead to.
    """
    judged = view.filesystems or view.ends
    causes = {
        cause
        for uid in judged
        if (because := view.judgement.because.get(uid)) is not None
        for cause in because.root_causes
    }
    return view.worst_first(uid for uid in causes if weak_words(view, uid))


def _has_trouble(resource: Resource) -> bool:
    """Tell whether something is wrong with it, or was when it was last heard of."""
    is_forgotten = resource.merged.is_stale and resource.missing_since is None
    return (resource.merged.own_state if is_forgotten else resource.own_state) != OK


def site_sentence(view: View, incidents: Collection[Incident]) -> str:
    """Return what is broken and what it hits, in one line."""
    if not view.resources:
        return "Nothing has been reported yet."
    causes = [one.cause for one in incidents] or list(loose_troubles(view, incidents))
    lead = _troubles_sentence(view, causes)
    if causes and not incidents and view.services:
        lead = f"{lead.removesuffix('.')}, but no service feels it."
    lead += _weak_sentence(view)
    services = view.filesystems or view.ends
    stale = sum(view.resources[uid].merged.is_stale for uid in view.troubled_by_itself)
    if stale:
        parts = "1 part has" if stale == 1 else f"{stale:,} parts have"
        lead += f" {parts} not been heard of for a while."
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


def _weak_sentence(view: View) -> str:
    weak = weak_parts(view)
    if len(weak) > _NAMED:
        return f" {len(weak):,} parts are not in sync, or lack inputs."
    return "".join(f" {view.name(uid)} {weak_words(view, uid)}." for uid in weak)


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
    return f"{joined(said) or 'Nothing is broken'}."


def new_points_of(view: View, incident: Incident, service: str) -> tuple[str, ...]:
    """Return what this incident, and not only another one, made single points of a service."""
    feeding = (uid for uid in incident.affected if view.lane(uid) < view.lane(service))
    local = {point for uid in feeding for point in view.single_points(uid).new}
    return tuple(point for point in view.single_points(service).new if point in local)


def sharing_with(view: View, incident: Incident) -> tuple[tuple[Incident, tuple[str, ...]], ...]:
    """Return the other open incidents that hit services of this one, with these, most first.

    A filesystem comes before its targets, as in `Incident.services`.
    """
    services = set(incident.services)
    found = [
        (one, tuple(uid for uid in one.services if uid in services))
        for one in incidents_of(view)
        if one.cause != incident.cause
    ]
    return tuple(sorted((one for one in found if one[1]), key=lambda one: -len(one[1])))


def _effect_sentences(view: View, cause: str, services: list[str]) -> str:
    filesystems = [uid for uid in services if uid in view.filesystems]
    shown = filesystems or services[:1]
    is_only = len(view.troubled_by_itself) == 1
    alone = view.judgement.states if is_only else view.alone(cause)
    said = [share_sentence(view, uid, cause, alone[uid]) for uid in shown[:3]]
    if len(shown) > 3:
        said.append(f"{len(shown) - 3} more filesystems are affected.")
    rest = len(services) - len(shown)
    if rest and not filesystems:
        said.append(f"{rest:,} more {'is' if rest == 1 else 'are'} affected.")
    targets = [uid for uid in services if uid not in shown]
    if filesystems and targets:
        of_all = sum(uid not in view.filesystems for uid in view.services)
        verb = "is" if len(targets) == 1 else "are"
        said.append(f"{len(targets):,} of {of_all:,} targets {verb} affected.")
    return " ".join(said)
