"""The Now page: what is broken, what it hits, and whether that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from topology.live.view import View
from topology.report import (
    Incident,
    incidents_of,
    loose_troubles,
    new_points_of,
    single_points_sentence,
    site_sentence,
    weak_parts,
    worst,
)
from topology.state import UNKNOWN
from web.format import StateMark, age_text, mark_of, time_text
from web.location import location_of
from web.pages.filesystems import FilesystemChip, chip_of
from web.pages.rows import ResourceRow, rows_of
from web.pages.sources import SourceChip, last_scan, sources_of
from web.site import Site

_MOST_INCIDENTS = 50
_MOST_LOOSE = 20
_MOST_SERVICES = 30


@dataclass(frozen=True, slots=True)
class IncidentCard:
    """One open incident in the list."""

    incident_id: str = field(metadata={"help": "Its page"})
    mark: StateMark = field(metadata={"help": "The cause's own state"})
    effect: StateMark = field(metadata={"help": "The worst state of what people use"})
    lead: str = field(metadata={"help": "The cause's sentence"})
    rest: str = field(metadata={"help": "What it means for the filesystems"})
    since: str = field(metadata={"help": "When it began"})
    age: str = field(metadata={"help": "How long ago that is"})
    where: str = field(metadata={"help": "Enclosure, slot and serial, as far as known"})
    new_points: tuple[str, ...] = field(metadata={"help": "What it made single points of failure"})


@dataclass(frozen=True, slots=True)
class NowPage:
    """templates/now.html: the first page anybody looks at."""

    template: ClassVar[str] = "now.html"

    title: str = field(metadata={"help": "The answer in one line"})
    mark: StateMark = field(metadata={"help": "The worst state of what people use"})
    incidents: tuple[IncidentCard, ...] = field(metadata={"help": "Worst first"})
    more_incidents: int = field(metadata={"help": "How many are not listed"})
    loose: tuple[ResourceRow, ...] = field(metadata={"help": "Troubled, but no service feels it"})
    more_loose: int = field(metadata={"help": "How many of these are not listed"})
    weak: tuple[ResourceRow, ...] = field(metadata={"help": "Not in sync, or lacking inputs"})
    more_weak: int = field(metadata={"help": "How many of these are not listed"})
    services_heading: str = field(metadata={"help": "What the strip lists"})
    filesystems: tuple[FilesystemChip, ...] = field(metadata={"help": "Worst first"})
    more_filesystems: int = field(metadata={"help": "How many of these are not listed"})
    sources: tuple[SourceChip, ...] = field(metadata={"help": "By name"})
    last_scan: str = field(metadata={"help": "How long ago anything was scanned, else empty"})
    counted: str = field(metadata={"help": "How many resources are watched"})
    is_empty: bool = field(metadata={"help": "Nothing is known yet"})
    is_scanning: bool = field(metadata={"help": "Nothing is known yet, but something is added"})

    @classmethod
    def of(cls, site: Site) -> NowPage:
        """Answer from the snapshot. Cost: what the open incidents reach."""
        view = site.known
        incidents = incidents_of(view)
        loose = loose_troubles(view, incidents)
        weak = weak_parts(view)
        scanned = last_scan(site)
        services = view.filesystems or view.ends
        return cls(
            title=_title(site, incidents),
            mark=mark_of(worst(view, view.filesystems or view.ends) if view.resources else UNKNOWN),
            incidents=tuple(_card(site, one) for one in incidents[:_MOST_INCIDENTS]),
            more_incidents=max(0, len(incidents) - _MOST_INCIDENTS),
            loose=rows_of(site, loose[:_MOST_LOOSE]),
            more_loose=max(0, len(loose) - _MOST_LOOSE),
            weak=rows_of(site, weak[:_MOST_LOOSE]),
            more_weak=max(0, len(weak) - _MOST_LOOSE),
            services_heading=_services_heading(view),
            filesystems=tuple(
                chip_of(site, uid) for uid in view.worst_of(services, _MOST_SERVICES)
            ),
            more_filesystems=max(0, len(services) - _MOST_SERVICES),
            sources=sources_of(site),
            last_scan=f"last scan {age_text(site.now - scanned)} ago" if scanned else "",
            counted=f"{len(view.resources):,}",
            is_empty=not view.resources,
            is_scanning=not view.resources and bool(site.scannables),
        )


def _services_heading(view: View) -> str:
    if view.filesystems:
        return "Filesystems"
    return "Services" if view.services else "What nothing else needs"


def _title(site: Site, incidents: tuple[Incident, ...]) -> str:
    if site.known.resources:
        return site_sentence(site.known, incidents)
    if site.scannables:
        found = sum(one.found for one in site.scannables)
        if found:
            return f"The first scan is running: {found:,} resources found so far."
        return "The first scan is running; nothing is known yet."
    return "Nothing is watched yet."


def _card(site: Site, incident: Incident) -> IncidentCard:
    view = site.known
    resource = view.resources[incident.cause]
    filesystems = [uid for uid in incident.services if uid in view.filesystems]
    place = location_of(view, incident.cause)
    where = (
        place.enclosure if place.enclosure_uid != incident.cause else "",
        place.slot and f"slot {place.slot}",
        place.serial and f"serial {place.serial}",
    )
    return IncidentCard(
        incident_id=incident.incident_id,
        mark=mark_of(resource.own_state),
        effect=mark_of(worst(view, filesystems or incident.services)),
        lead=incident.lead,
        rest=incident.effect,
        since=time_text(incident.since, now=site.now),
        age=age_text(site.now - incident.since),
        where=" · ".join(one for one in where if one),
        new_points=tuple(
            single_points_sentence(view, uid, points)
            for uid in filesystems[:3]
            if (points := new_points_of(view, incident, uid))
        ),
    )
