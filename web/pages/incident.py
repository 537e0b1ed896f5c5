"""The Incident page: is it down or degraded, how close to the end, and where is the part."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from topology.errors import ResourceNotFound
from topology.live.view import View
from topology.report import (
    Incident,
    incident_at,
    listing,
    new_points_of,
    sharing_with,
    single_points_sentence,
)
from web.drawing import Drawing, drawing_of
from web.format import StateMark, age_text, mark_of, time_text
from web.location import Location, location_of
from web.pages.rows import Crowd, Named, ResourceRow, crowds_of, reporters_of, rows_of
from web.picture import picture_of
from web.site import Site

_WHY_ROWS = 12
_TABLE_ROWS = 500
_OTHERS = 5


@dataclass(frozen=True, slots=True)
class NewPoints:
    """What has become single points of failure of one service."""

    service: Named = field(metadata={"help": "Whose"})
    crowds: tuple[Crowd, ...] = field(metadata={"help": "By class, with names"})


@dataclass(frozen=True, slots=True)
class OtherIncident:
    """Another open incident that shares a service with this one."""

    incident_id: str = field(metadata={"help": "Its page"})
    lead: str = field(metadata={"help": "Its cause in words"})
    shared: str = field(metadata={"help": "Which targets both hit"})


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """templates/incident.html: one root cause and all it hits."""

    template: ClassVar[str] = "incident.html"

    incident_id: str = field(metadata={"help": "Stable over restarts"})
    title: str = field(metadata={"help": "The answer in one line"})
    lead: str = field(metadata={"help": "What is wrong with the cause"})
    rest: str = field(metadata={"help": "What it means for the filesystems"})
    cause: Named = field(metadata={"help": "The root cause"})
    mark: StateMark = field(metadata={"help": "The cause's own state"})
    has_failed: bool = field(metadata={"help": "The cause cannot fail any more than it has"})
    since: str = field(metadata={"help": "When it began"})
    age: str = field(metadata={"help": "How long ago that is"})
    reporters: tuple[str, ...] = field(metadata={"help": "Who says so"})
    is_table: bool = field(metadata={"help": "The table stands in for the picture"})
    drawing: Drawing | None = field(metadata={"help": "The impact path, None in the table view"})
    why: tuple[ResourceRow, ...] = field(metadata={"help": "Affected, the filesystem first"})
    affected: int = field(metadata={"help": "How many are affected"})
    new_points: tuple[NewPoints, ...] = field(metadata={"help": "By service"})
    location: Location = field(metadata={"help": "Where the cause sits"})
    ticket: str = field(metadata={"help": "All of it in plain lines, for another system"})
    others: tuple[OtherIncident, ...] = field(
        metadata={"help": "Hit the same services, most shared first"}
    )

    @classmethod
    def of(
        cls, site: Site, incident: Incident, *, unfolded: Collection[str], is_table: bool
    ) -> IncidentPage:
        """Answer from the snapshot. Cost: what the cause reaches, and the links into that."""
        view = site.known
        resource = view.resources[incident.cause]
        picture = (
            None
            if is_table
            else picture_of(view, incident.cause, incident.affected, unfolded=unfolded)
        )
        downstream_first = sorted(incident.affected, key=lambda uid: -view.lane(uid))
        return cls(
            incident_id=incident.incident_id,
            title=incident.sentence,
            lead=incident.lead,
            rest=incident.effect,
            cause=Named(incident.cause, resource.name),
            mark=mark_of(resource.own_state),
            has_failed=resource.own_state.low.has_ended,
            since=time_text(incident.since, now=site.now),
            age=age_text(site.now - incident.since),
            reporters=reporters_of(view, resource),
            is_table=is_table,
            drawing=drawing_of(site, picture) if picture else None,
            why=rows_of(site, downstream_first[: _TABLE_ROWS if is_table else _WHY_ROWS]),
            affected=len(incident.affected),
            new_points=_new_points(site, incident),
            location=location_of(view, incident.cause),
            ticket=_ticket(site, incident),
            others=_others(view, incident),
        )


@dataclass(frozen=True, slots=True)
class ClosedIncidentPage:
    """templates/closed.html: an incident that is over, or began anew."""

    template: ClassVar[str] = "closed.html"

    title: str = field(metadata={"help": "What became of it"})
    cause: Named = field(metadata={"help": "Its root cause"})
    mark: StateMark = field(metadata={"help": "The state of that now"})
    current: str = field(metadata={"help": "Id of the open incident of the same cause, if any"})


def incident_page_of(
    site: Site, incident_id: str, *, unfolded: Collection[str], is_table: bool
) -> IncidentPage | ClosedIncidentPage:
    """Return the page of an open incident, or of one that is over.

    Raises ResourceNotFound where the id was never one of a resource that is known.
    """
    view = site.known
    cause, _, revision = incident_id.rpartition(".")
    if cause not in view.resources or not revision.isdecimal():
        raise ResourceNotFound(
            f"no incident has the id {incident_id!r}: its cause is not known, or no longer; "
            "the Now page lists what is open"
        )
    current = incident_at(view, cause)
    if current is not None and current.incident_id == incident_id:
        return IncidentPage.of(site, current, unfolded=unfolded, is_table=is_table)
    name = view.name(cause)
    return ClosedIncidentPage(
        title=f"This incident of {name} is closed.",
        cause=Named(cause, name),
        mark=mark_of(view.state(cause)),
        current=current.incident_id if current else "",
    )


def _new_points(site: Site, incident: Incident) -> tuple[NewPoints, ...]:
    view = site.known
    services = [uid for uid in incident.services if uid in view.filesystems]
    return tuple(
        NewPoints(Named(service, view.name(service)), crowds_of(site, points))
        for service in services or incident.services[:3]
        if (points := new_points_of(view, incident, service))
    )


def _ticket(site: Site, incident: Incident) -> str:
    view = site.known
    place = location_of(view, incident.cause)
    where = (
        place.rack and f"rack {place.rack}",
        place.enclosure if place.enclosure_uid != incident.cause else "",
        place.slot and f"slot {place.slot}",
        place.serial and f"serial {place.serial}",
    )
    points = (
        single_points_sentence(view, service, new_points_of(view, incident, service))
        for service in incident.services[:3]
        if service in view.filesystems and new_points_of(view, incident, service)
    )
    lines = (
        incident.sentence,
        f"Since {time_text(incident.since, now=site.now)}.",
        f"Where: {', '.join(one for one in where if one)}." if any(where) else "",
        *points,
    )
    return "\n".join(line for line in lines if line)


def _others(view: View, incident: Incident) -> tuple[OtherIncident, ...]:
    return tuple(
        OtherIncident(one.incident_id, one.lead, _shared_words(view, shared))
        for one, shared in sharing_with(view, incident)[:_OTHERS]
    )


def _shared_words(view: View, shared: Collection[str]) -> str:
    targets = [uid for uid in shared if uid not in view.filesystems]
    if not targets:
        return "no target in common"
    return f"{listing(view, targets)} in common"
