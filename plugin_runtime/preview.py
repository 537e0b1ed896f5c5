"""What a plugin reported, for its author: as JSON, or as a tree with links and alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.tree import Tree

from topology.answers.making import alert_body
from topology.commands.output import console, json_of, plain, state_text
from topology.delta import Changes
from topology.impact import judge
from topology.layout import layout_of
from topology.model import Input, LinkKind, Resource, Value
from topology.state import Interval
from topology.statistics import Sample

Json = dict[str, Any]


def report_json(resources: Iterable[Resource], warnings: Collection[str]) -> Json:
    """Return resources, the links into them, their alerts, and the warnings."""
    shown = list(resources)
    return {
        "resources": [_resource_json(one) for one in shown],
        "links": [
            {"from": link.source, "to": one.uid, "kind": link.kind.value}
            for one in shown
            for link in one.inputs
        ],
        "alerts": [
            json_of(alert_body(one.uid, alert)) for one in shown for alert in one.merged.alerts
        ],
        "warnings": list(warnings),
    }


def difference_json(changes: Changes) -> Json:
    """Return what a later scan changed: new and changed resources in full, uids of removed ones."""
    there = [change.after for change in changes.changes if change.after is not None]
    gone = [change.uid for change in changes.changes if change.after is None]
    return report_json(there, ()) | {"removed": gone}


@dataclass(frozen=True, slots=True)
class Report:
    """What has been reported so far, judged."""

    resources: Mapping[str, Resource]
    """By uid."""
    states: Mapping[str, Interval]
    """By uid, as the service would publish them: so an author sees what a failure does."""
    hidden: Collection[str]
    """Names of attributes that pages leave out."""

    @classmethod
    def of(cls, resources: Mapping[str, Resource], hidden: Collection[str]) -> Report:
        """Judge `resources` as they are now."""
        now = dict(resources)
        return cls(now, judge(layout_of(now)).states, hidden)


def print_report(report: Report, samples: Iterable[Sample]) -> None:
    """Print resources below their first parent, the other links, alerts, and last samples."""
    resources = report.resources
    screen = console()
    children: dict[str | None, list[Resource]] = defaultdict(list)
    for one in resources.values():
        children[next(iter(_parents(one)), None)].append(one)
    for top in children[None]:
        tree = Tree(_line(top, report))
        waiting = [(top, tree)]
        while waiting:
            parent, branch = waiting.pop()
            waiting += [(child, branch.add(_line(child, report))) for child in children[parent.uid]]
        screen.print(tree)
    _print_section("Other links", sorted(_other_links(resources)))
    _print_section("Alerts", _alerts(resources.values()))
    last = {(one.uid, one.statistic): one.value for one in samples if one.uid in resources}
    _print_section(
        "Statistics",
        (f"{resources[uid].name}: {name} is {value}" for (uid, name), value in last.items()),
    )


def print_difference(changes: Changes, before: Report, now: Report) -> None:
    """Print what a later scan changed, a line for each resource, value, link, alert and state."""
    screen = console()
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
                for line in _differences(had, after, now.resources):
                    screen.print(f"    {plain(line)}")
    for uid, state in now.states.items():
        if uid not in printed and before.states.get(uid) != state:
            screen.print(f"~ {_line(now.resources[uid], now)}")


def _resource_json(resource: Resource) -> Json:
    return {
        "uid": resource.uid,
        "class": resource.class_name,
        "label": resource.name,
        "attributes": dict(resource.merged.attributes),
        "own_state": resource.own_state.word,
        "parents": _parents(resource),
    }


def _parents(resource: Resource) -> list[str]:
    return [one.source for one in resource.inputs if one.kind is LinkKind.PARENT_OF]


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


def _other_links(resources: Mapping[str, Resource]) -> Iterator[str]:
    for one in resources.values():
        parents = _parents(one)
        for link in one.inputs:
            if link.kind is not LinkKind.PARENT_OF or link.source in parents[1:]:
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
