"""What a plugin reported, for its author: as JSON, or as a tree with links and alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.tree import Tree

from plugin_runtime.session.alerts import Waiting
from topology.answers.making import alert_body
from topology.commands.output import console, json_of, plain, state_text
from topology.delta import Changes
from topology.model import Input, LinkKind, Resource, Value
from topology.state import Interval
from topology.statistics import SampleValue

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What has been reported so far, judged."""

    resources: Mapping[str, Resource]
    """By uid."""
    states: Mapping[str, Interval]
    """By uid, as the service would publish them: so an author sees what a failure does."""
    causes: Mapping[str, Sequence[str]]
    """By uid what each is linked from, in the order that the plugin gave, parents first."""
    statistics: Mapping[str, Mapping[str, SampleValue]]
    """The last sample of each, by uid and name."""
    waiting: Sequence[Waiting]
    """What may become an alert."""
    hidden: Collection[str]
    """Names of attributes that pages leave out."""


NOTHING = Report({}, {}, {}, {}, (), ())
"""Before the first report."""


def report_json(report: Report, warnings: Collection[str]) -> Json:
    """Return resources, the links into them, their alerts, and the warnings."""
    return _json(report, report.resources.values()) | {"warnings": list(warnings)}


def difference_json(changes: Changes, before: Report, now: Report) -> Json:
    """Return what a later scan changed: resources in full, uids of those that are gone.

    What only has another state or another sample is among them, after what the scan itself changed.
    """
    there = [change.after for change in changes.changes if change.after is not None]
    touched = {change.uid for change in changes.changes}
    there += [
        one
        for uid, one in now.resources.items()
        if uid not in touched
        and (
            before.states.get(uid) != now.states[uid]
            or before.statistics.get(uid) != now.statistics.get(uid)
        )
    ]
    gone = [change.uid for change in changes.changes if change.after is None]
    return _json(now, there) | {"warnings": [], "removed": gone}


def print_report(report: Report) -> None:
    """Print resources as trees, then the other links, alerts, last samples, and what waits."""
    resources = report.resources
    screen = console()
    places = _places(report)
    below: dict[str | None, list[Resource]] = defaultdict(list)
    for uid, place in places.items():
        below[place].append(resources[uid])
    for top in below[None]:
        tree = Tree(_line(top, report))
        growing = [(top, tree)]
        while growing:
            one, branch = growing.pop()
            growing += [(each, branch.add(_line(each, report))) for each in below[one.uid]]
        screen.print(tree)
    _print_section("Other links", sorted(_other_links(resources, places)))
    _print_section("Alerts", _alerts(resources.values()))
    _print_section(
        "Statistics",
        (
            f"{resources[uid].name}: {name} is {value}"
            for uid, values in report.statistics.items()
            for name, value in values.items()
        ),
    )
    _print_section("Waiting", map(str, report.waiting))


def print_difference(changes: Changes, before: Report, now: Report) -> None:
    """Print what a later scan changed: resources, values, links, alerts, states, samples."""
    screen = console()
    known = {**before.resources, **now.resources}  # what is gone has a name still
    printed = set()
    for change in changes.changes:
        printed.add(change.uid)
        match change.before, change.after:
            case None, Resource() as after:
                screen.print(f"+ {_line(after, now)}")
            case Resource() as gone, None:
                screen.print(f"- {_line(gone, before)}")
            case Resource() as had, Resource() as after:
                screen.print(f"~ {_line(after, now)}")
                for line in _differences(had, after, known):
                    screen.print(f"    {plain(line)}")
    for uid, state in now.states.items():
        if uid not in printed and before.states.get(uid) != state:
            screen.print(f"~ {_line(now.resources[uid], now)}")
    for line in _sampled(before, now):
        screen.print(f"~ {plain(line)}")
    for waiting in now.waiting:
        screen.print(f"waiting: {plain(waiting)}")


def _places(report: Report) -> dict[str, str | None]:
    """Return below what each resource is drawn, in the order reported; None for the tops.

    That is its first parent, else the first that affects it. Whoever closes a cycle is a top.
    """
    places: dict[str, str | None] = {}
    for uid, one in report.resources.items():
        causes = [
            *_causes(one, LinkKind.PARENT_OF, report),
            *_causes(one, LinkKind.AFFECTS, report),
        ]
        places[uid] = next((each for each in causes if each in report.resources), None)
    settled: set[str] = set()
    for uid in places:
        way: dict[str, None] = {}
        at: str | None = uid
        while at is not None and at not in settled:
            if at in way:
                places[at] = None
                break
            way[at] = None
            at = places[at]
        settled |= way.keys()
    return places


def _sampled(before: Report, now: Report) -> Iterator[str]:
    for uid, values in now.statistics.items():
        known = before.statistics.get(uid, {})
        for name, value in values.items():
            if name not in known:
                yield f"{now.resources[uid].name}: {name} is {value}"
            elif known[name] != value:
                yield f"{now.resources[uid].name}: {name}: {known[name]} -> {value}"


def _json(report: Report, shown: Collection[Resource]) -> Json:
    return {
        "resources": [_resource_json(one, report) for one in shown],
        "links": [
            {"from": link.source, "to": one.uid, "kind": link.kind.value}
            for one in shown
            for link in one.inputs
        ],
        "alerts": [
            json_of(alert_body(one.uid, alert)) for one in shown for alert in one.merged.alerts
        ],
        "waiting": [asdict(one) for one in report.waiting],
    }


def _resource_json(resource: Resource, report: Report) -> Json:
    return {
        "uid": resource.uid,
        "class": resource.class_name,
        "label": resource.name,
        "attributes": dict(resource.merged.attributes),
        "own_state": resource.own_state.word,
        "state": report.states[resource.uid].word,
        "parents": _causes(resource, LinkKind.PARENT_OF, report),
        "statistics": dict(report.statistics.get(resource.uid, {})),
    }


def _causes(resource: Resource, kind: LinkKind, report: Report) -> list[str]:
    """Return the uids of what it has links of a kind from, in the order that the plugin gave."""
    order = {uid: place for place, uid in enumerate(report.causes.get(resource.uid, ()))}
    sources = (one.source for one in resource.inputs if one.kind is kind)
    return sorted(sources, key=lambda uid: order.get(uid, len(order)))


def _line(resource: Resource, report: Report) -> str:
    values = [
        f"{name}={_shown(value, report.resources)}"
        for name, value in resource.merged.attributes.items()
        if name not in report.hidden
    ]
    missing = [] if resource.missing_since is None else ["missing from the report"]
    said = " ".join([resource.class_name, *values, *missing])
    state = state_text(report.states.get(resource.uid, resource.own_state))
    return f"{state} {plain(resource.name)} [dim]{plain(said)}[/]"


def _shown(value: Value, resources: Mapping[str, Resource]) -> Value:
    """Return a reference's target by name, any other value as it is."""
    target = resources.get(value) if isinstance(value, str) else None
    return target.name if target else value


def _other_links(
    resources: Mapping[str, Resource], places: Mapping[str, str | None]
) -> Iterator[str]:
    for one in resources.values():
        for link in one.inputs:
            if link.kind is LinkKind.PROVIDES or link.source != places[one.uid]:
                yield _link(link, one, resources)


def _alerts(resources: Iterable[Resource]) -> Iterator[str]:
    for one in resources:
        for alert in one.merged.alerts:
            yield f"{alert.severity}: {alert.message}"


def _differences(
    before: Resource, after: Resource, resources: Mapping[str, Resource]
) -> Iterator[str]:
    had, has = before.merged.attributes, after.merged.attributes
    for name in {**had, **has}:
        if had.get(name) != has.get(name):
            was, is_now = (_shown(one.get(name, "not set"), resources) for one in (had, has))
            yield f"{name}: {was} -> {is_now}"
    for sign, links, others in (("-", before, after), ("+", after, before)):
        known = {link.key for link in others.inputs}
        for link in links.inputs:
            if link.key not in known:
                yield f"{sign} {_link(link, after, resources)}"
        known_alerts = set(_alerts([others]))
        for text in _alerts([links]):
            if text not in known_alerts:
                yield f"{sign} {text}"


def _link(link: Input, effect: Resource, resources: Mapping[str, Resource]) -> str:
    cause = resources.get(link.source)
    via = f" by {link.via}" if link.via else ""
    return f"{cause.name if cause else link.source} --> {effect.name} {link.kind}{via}"


def _print_section(title: str, lines: Iterable[str]) -> None:
    shown: Sequence[str] = list(lines)
    if shown:
        print(f"\n{title}")
        for line in shown:
            print(f"  {line}")
