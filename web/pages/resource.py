"""The Resource page: what it is, what it depends on, and what depends on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import structlog

from topology.errors import CannotWrite, UsageError
from topology.live.view import View
from topology.model import Alert, Input, alert_order
from topology.report import (
    incident_at,
    margin_sentence,
    own_words,
    ranked_servers,
    rule_words,
    service_sentence,
)
from topology.state import OK
from web.charts import DrawnChart, charts_of
from web.format import StateMark, mark_of, value_text, when_text
from web.location import Location, location_of
from web.pages.root_causes import RootCauses, root_causes_of
from web.pages.rows import Crowd, Named, ResourceRow, crowds_of, named, reporters_of, row_of
from web.pages.what_if import MOST_PARTS
from web.site import Site

_LINK_ROWS = 50
SPANS: Mapping[str, float] = {
    "hour": 3600,
    "day": 24 * 3600,
    "week": 7 * 24 * 3600,
    "month": 30 * 24 * 3600,
}
"""How much of its statistics the page can show, in seconds."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One attribute as its class presents it."""

    label: str = field(metadata={"help": "Its label"})
    text: str = field(metadata={"help": "The value with its unit"})
    help: str = field(metadata={"help": "What the author says about it"})
    uid: str = field(metadata={"help": "The resource it refers to, else empty"})


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One resource at the other end of a link."""

    row: ResourceRow = field(metadata={"help": "The resource"})
    link: str = field(metadata={"help": "The link's kind, groups and what joined them"})


@dataclass(frozen=True, slots=True)
class LinkTable:
    """The resources next upstream or downstream."""

    rows: tuple[LinkRow, ...] = field(metadata={"help": "Worst first, then by name"})
    unlisted: int = field(metadata={"help": "How many more there are"})


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert that holds now."""

    severity: str = field(metadata={"help": "info, warning or error"})
    message: str = field(metadata={"help": "What the plugin's author says"})
    since: str = field(metadata={"help": "When it began, and how long ago"})


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line that a scannable's plugin logged."""

    level: str = field(metadata={"help": "info, warning, error"})
    text: str = field(metadata={"help": "The line"})
    at: str = field(metadata={"help": "When, and how long ago"})


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """templates/resource.html: everything about one resource."""

    template: ClassVar[str] = "resource.html"

    uid: str = field(metadata={"help": "Its id"})
    name: str = field(metadata={"help": "What people call it"})
    title: str = field(metadata={"help": "Its state in one sentence"})
    class_label: str = field(metadata={"help": "Its class in words"})
    mark: StateMark = field(metadata={"help": "The published state"})
    own: StateMark = field(metadata={"help": "Its own state"})
    has_choice: bool = field(metadata={"help": "One may ask which of its inputs to pull"})
    can_fail: bool = field(metadata={"help": "It can fail by itself"})
    has_failed: bool = field(metadata={"help": "It cannot fail any more than it has"})
    own_since: str = field(metadata={"help": "Since when"})
    inherited: StateMark = field(metadata={"help": "What its inputs make of it"})
    because: tuple[Named, ...] = field(metadata={"help": "What forces its state, worst first"})
    rule: str = field(metadata={"help": "Why, in words; empty when it is OK"})
    causes: RootCauses = field(metadata={"help": "Where its trouble begins, if not in itself"})
    incident_id: str = field(metadata={"help": "The incident it is the cause of, else empty"})
    missing_since: str = field(metadata={"help": "When it vanished from the report, else empty"})
    attributes: tuple[AttributeRow, ...] = field(metadata={"help": "In the class's order"})
    log: tuple[LogRow, ...] = field(metadata={"help": "What its plugin logged last, newest first"})
    charts: tuple[DrawnChart, ...] = field(metadata={"help": "Its statistics over the span"})
    spans: tuple[str, ...] = field(metadata={"help": "To choose from; empty without statistics"})
    span: str = field(metadata={"help": "The one of them that is shown"})
    alerts: tuple[AlertRow, ...] = field(metadata={"help": "Worst first"})
    reporters: tuple[str, ...] = field(metadata={"help": "Who reports it"})
    location: Location = field(metadata={"help": "Where it sits"})
    servers: tuple[Named, ...] = field(metadata={"help": "By path weights, preferred first"})
    upstream: LinkTable = field(metadata={"help": "What it depends on"})
    downstream: LinkTable = field(metadata={"help": "What depends on it"})
    new_points: tuple[Crowd, ...] = field(metadata={"help": "Made single points by a failure"})
    by_design: tuple[Crowd, ...] = field(metadata={"help": "Single points of the healthy site"})
    margin: str = field(metadata={"help": "What it survives; empty where it has ended"})
    ends: tuple[Crowd, ...] = field(metadata={"help": "Services its failure alone would end"})

    @classmethod
    def of(cls, site: Site, uid: str, *, span: str = "hour") -> ResourcePage:
        """Answer from the snapshot; `span` is one of `SPANS`. Cost: its links, and the services."""
        view = site.known
        resource = view.resources[uid]
        reason = view.judgement.because.get(uid)
        points = view.single_points(uid)
        incident = incident_at(view, uid) if resource.own_state != OK else None
        missing = resource.missing_since
        users = view.downstream.get(uid, ())
        return cls(
            uid=uid,
            name=resource.name,
            title=_title(view, uid),
            class_label=site.class_label(resource),
            mark=mark_of(view.state(uid)),
            own=mark_of(resource.own_state),
            has_choice=1 < len(view.inputs_of(uid)) <= MOST_PARTS,
            can_fail=view.layout.parts[uid].can_fail,
            has_failed=resource.own_state.low.has_ended,
            own_since=when_text(resource.own_since, now=site.now) if resource.own_since else "",
            inherited=mark_of(view.state(uid) if reason and reason.inputs else OK),
            because=named(view, reason.inputs[:12]) if reason else (),
            rule=rule_words(view, uid),
            causes=root_causes_of(site, uid),
            incident_id=incident.incident_id if incident else "",
            missing_since="" if missing is None else when_text(missing, now=site.now),
            attributes=_attributes(site, uid),
            log=_log(site, uid),
            charts=_charts(site, uid, span),
            spans=tuple(SPANS) if _has_statistics(site, resource.merged.classes) else (),
            span=span,
            alerts=_alerts(resource.merged.alerts, site.now),
            reporters=reporters_of(view, resource),
            location=location_of(view, uid),
            servers=named(view, ranked_servers(view, uid)),
            upstream=_links(site, [(one, one.source) for one in resource.inputs]),
            downstream=_links(
                site,
                [
                    (one, user)
                    for user in users
                    for one in view.resources[user].inputs
                    if one.source == uid
                ],
            ),
            new_points=crowds_of(site, points.new),
            by_design=crowds_of(site, points.by_design),
            margin=margin_sentence(view, uid),
            ends=crowds_of(site, _ended_by(view, uid)),
        )


def _title(view: View, uid: str) -> str:
    resource = view.resources[uid]
    if resource.own_state != OK:
        return f"{resource.name} {own_words(resource)}."
    return service_sentence(view, uid)


def _log(site: Site, uid: str) -> tuple[LogRow, ...]:
    """Return what the plugin of a scannable logged last; nothing for any other resource."""
    lines = [
        line
        for one in site.scannables
        if one.scannable_id == uid and isinstance(said := one.status.get("log"), list)
        for line in said
    ]
    return tuple(
        LogRow(str(one["level"]), str(one["text"]), when_text(float(one["at"]), now=site.now))
        for one in reversed(lines)
    )


def span_in(text: str) -> str:
    """Return the span that `text` names. Raises UsageError for what is none of `SPANS`."""
    if text not in SPANS:
        raise UsageError(f"span is {text!r}; write one of {', '.join(SPANS)}")
    return text


def _has_statistics(site: Site, classes: tuple[str, ...]) -> bool:
    return any(one.is_statistic for one in site.attributes_of(classes).values())


def _charts(site: Site, uid: str, span: str) -> tuple[DrawnChart, ...]:
    """Return the charts of the time before now; none where the numbers cannot be read."""
    since = site.now - SPANS[span]
    try:
        return charts_of(site.statistics_of(uid, since=since, until=site.now), span)
    except CannotWrite as error:
        log.warning("no charts", problem=str(error))
        return ()


def _attributes(site: Site, uid: str) -> tuple[AttributeRow, ...]:
    """Return what its class declares, in that order, then what no schema names."""
    view = site.known
    claim = view.resources[uid].merged
    schemas = site.attributes_of(claim.classes)
    shown = [
        name for name, one in schemas.items() if name in claim.attributes and not one.is_hidden
    ]
    unnamed = sorted(claim.attributes.keys() - schemas.keys())
    rows = []
    for name in (*shown, *unnamed):
        schema, value = schemas.get(name), claim.attributes[name]
        referred = str(value) if str(value) in view.resources else ""
        rows.append(
            AttributeRow(
                label=schema.label if schema else name.replace("_", " ").capitalize(),
                text=view.name(referred) if referred else value_text(value, schema),
                help=schema.help if schema else "",
                uid=referred,
            )
        )
    return tuple(rows)


def _alerts(alerts: Collection[Alert], now: float) -> tuple[AlertRow, ...]:
    return tuple(
        AlertRow(one.severity, one.message, when_text(one.since, now=now))
        for one in sorted(alerts, key=alert_order)
    )


def _links(site: Site, links: Collection[tuple[Input, str]]) -> LinkTable:
    view = site.known
    link_of: dict[str, list[str]] = {}
    for one, other in links:
        if other in view.resources:
            link_of.setdefault(other, []).append(_link_text(one))
    by_severity = view.worst_first(link_of)
    return LinkTable(
        rows=tuple(
            LinkRow(row_of(site, uid), ", ".join(link_of[uid])) for uid in by_severity[:_LINK_ROWS]
        ),
        unlisted=max(0, len(by_severity) - _LINK_ROWS),
    )


def _link_text(one: Input) -> str:
    said = [str(one.kind), one.via, *(f"group {name}" for name in one.groups)]
    said += [f"out of sync in {name}" for name in one.out_of_sync]
    return " · ".join(part for part in said if part)


def _ended_by(view: View, uid: str) -> list[str]:
    """Return the services that the resource's failure alone would end now, itself left out."""
    found = []
    for service in view.services:
        points = view.single_points(service)
        if service != uid and (uid in points.new or uid in points.by_design):
            found.append(service)
    return found
