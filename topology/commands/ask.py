"""The commands that answer from the graph: status, show and impact."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from topology.answers.making import detail_body, impact_body, status_body
from topology.answers.statistics import StatisticsBody, statistics_body
from topology.answers.timestamps import rfc3339
from topology.commands.numbers import print_statistics
from topology.commands.output import (
    AsJson,
    json_of,
    plain,
    print_json,
    print_table,
    say,
    state_text,
)
from topology.exit_codes import UNSURE, exit_code_of
from topology.live.live_topology import LiveTopology, view_at
from topology.live.view import View
from topology.model import Resource, Value
from topology.moment import moment_in
from topology.report import (
    Incident,
    incidents_of,
    loose_troubles,
    margin_sentence,
    ranked_servers,
    rule_words,
    service_sentence,
    single_points_sentence,
    site_sentence,
    trouble_words,
    weak_parts,
)
from topology.settings import load_settings
from topology.statistics import StatisticsStore
from topology.store import open_store

ResourceIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="A uid, an alias, or a unique label or serial."),
]


_SPAN_SECONDS = 3600
_MOST_LOOSE = 20
"""Status lists so much trouble that reaches nothing which is judged."""


At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="As it was then: 02:58, 15min ago, ...")
]


@contextmanager
def opened_view(at: str | None = None) -> Iterator[View]:
    """Read the store that the settings name and judge it, as it is or as it was at a time."""
    with opened(at) as (_, view):
        yield view


@contextmanager
def opened(at: str | None) -> Iterator[tuple[LiveTopology, View]]:
    """Read the store that the settings name, and judge it as it is or as it was at a time."""
    moment = None if at is None else moment_in(at, now=time.time())
    with open_store(load_settings()) as store:
        live = LiveTopology(store)
        if moment is None:
            yield live, live.refresh()
            return
        view = view_at(store, moment)
        say(f"as it was at {rfc3339(moment)}, revision {view.revision}")
        yield live, view


def status(*, at: At = None, as_json: AsJson = False) -> None:
    """Say what is broken and what it hits."""
    with opened_view(at) as view:
        if as_json:
            print_json(json_of(status_body(view)))
        else:
            print_status(view)
        code = exit_code_of(view.state(uid) for uid in view.ends)
        raise typer.Exit(code if view.resources else UNSURE)


def show(
    resource_id: Annotated[str, typer.Argument(metavar="ID")],
    *,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Show one resource: its states and why, its attributes, what it depends on and what on it."""
    with opened(at) as (live, view):
        uid = view.find(resource_id)
        if at is not None:
            live.refresh()  # for what the classes declare
        numbers = _numbers_of(live, view.resources[uid], until=view.at)
        if as_json:
            print_json({**json_of(detail_body(view, uid)), "statistics": json_of(numbers)})
        else:
            _print_resource(view, uid)
            print_statistics(numbers)
        raise typer.Exit(exit_code_of([view.state(uid)]))


def impact(resource_ids: ResourceIds = None, *, at: At = None, as_json: AsJson = False) -> None:
    """Say what the trouble of these resources does, or of everything that is broken now."""
    with opened_view(at) as view:
        asked = [view.find(text) for text in resource_ids or ()]
        incidents = incidents_of(view)
        roots = (*(one.cause for one in incidents), *loose_troubles(view, incidents))
        broken = (*roots, *weak_parts(view))
        if as_json:
            causes = asked or broken
            print_json({"resources": [json_of(impact_body(view, uid)) for uid in causes]})
        elif asked:
            _print_impact(view, asked)
        elif broken:
            for uid in broken:
                _print_impact(view, [uid])
        else:
            print("Nothing is broken.")
        raise typer.Exit(exit_code_of(view.state(uid) for uid in asked or view.ends))


def print_status(view: View) -> None:
    """Print the site in one sentence, each filesystem's state and each root cause with its own."""
    incidents = incidents_of(view)
    print(site_sentence(view, incidents))
    heading = "Filesystem" if view.filesystems else "Service" if view.services else "Resource"
    if view.resources:
        print_table(
            ["State", heading],
            [
                (state_text(view.state(uid)), plain(view.name(uid)))
                for uid in view.filesystems or view.ends
            ],
        )
    if incidents:
        print_table(
            ["Own state", "Root cause", "Since", "What it hits"],
            [_incident_row(view, one) for one in incidents],
        )
    if loose := loose_troubles(view, incidents):
        print_table(
            ["Own state", "Trouble that reaches nothing of these", "Since"],
            [_own_row(view, uid) for uid in loose[:_MOST_LOOSE]],
        )
        if len(loose) > _MOST_LOOSE:
            print(f"{len(loose) - _MOST_LOOSE:,} more are not listed; `topology impact` does.")
    for uid in view.filesystems:
        if said := single_points_sentence(view, uid):
            print(said)


def _incident_row(view: View, incident: Incident) -> tuple[str, str, str, str]:
    return (*_own_row(view, incident.cause), plain(incident.sentence))


def _own_row(view: View, uid: str) -> tuple[str, str, str]:
    resource = view.resources[uid]
    return state_text(resource.own_state), plain(resource.name), rfc3339(resource.own_since)


def _print_impact(view: View, causes: Sequence[str]) -> None:
    """Print what the trouble of `causes` does, once where several of them do it."""
    for uid in causes:
        print(f"{view.name(uid)} {trouble_words(view, uid)}.")
    reached = {one for uid in causes for one in view.affected_by(uid)}
    affected = view.worst_first(reached.difference(causes))
    for one in affected:
        if one in view.filesystems:
            print(f"{service_sentence(view, one)} {margin_sentence(view, one)}".rstrip())
    _print_explained(view, [*dict.fromkeys(causes), *affected])


def _print_resource(view: View, uid: str) -> None:
    resource = view.resources[uid]
    print(f"{resource.class_name} {resource.name}  ({uid})")
    _print_explained(view, [uid])
    if resource.missing_since is not None:
        print(f"Where it is gone for good, `topology accept {uid}` forgets it.")
    for alert in resource.merged.alerts:
        print(f"{alert.severity} since {rfc3339(alert.since)}: {alert.message}")
    print_table(
        ["Attribute", "Value"],
        [
            (plain(name), plain(_shown(view, value)))
            for name, value in resource.merged.attributes.items()
        ],
    )
    if servers := ranked_servers(view, uid):
        print(f"Servers, preferred first: {', '.join(plain(view.name(one)) for one in servers)}")
    upstream = view.worst_first({one.source for one in resource.inputs} & view.resources.keys())
    for heading, uids in (
        ("Depends on", upstream),
        ("Depends on it", view.worst_first(view.downstream.get(uid, ()))),
    ):
        if uids:
            print_table(
                [heading, "Class", "State"],
                [
                    (
                        plain(view.name(one)),
                        plain(view.resources[one].class_name),
                        state_text(view.state(one)),
                    )
                    for one in uids
                ],
            )
    for said in (single_points_sentence(view, uid), margin_sentence(view, uid)):
        if said:
            print(said)


def _shown(view: View, value: Value) -> Value:
    """Return an attribute's value; what it refers to by its name, and uid where names agree."""
    referred = view.resources.get(str(value))
    if referred is None:
        return value
    named = sum(one.name == referred.name for one in view.resources.values())
    return referred.name if named == 1 else f"{referred.name} ({referred.uid})"


def _numbers_of(live: LiveTopology, resource: Resource, *, until: float) -> StatisticsBody:
    """Return what this machine keeps of the resource's statistics over the hour before."""
    since = until - _SPAN_SECONDS
    names = resource.merged.classes
    declared = tuple(live.classes[name] for name in names if name in live.classes)
    series = StatisticsStore.of(load_settings()).series(resource.uid, since=since, until=until)
    return statistics_body(series, resource.uid, declared, since=since, until=until)


def _print_explained(view: View, uids: list[str]) -> None:
    rows = []
    for uid in uids:
        because = view.judgement.because.get(uid)
        inputs = [view.name(one) for one in because.inputs] if because else []
        rows.append(
            (
                state_text(view.state(uid)),
                plain(view.name(uid)),
                plain(view.resources[uid].class_name),
                plain(", ".join(inputs[:6]) + (", …" if len(inputs) > 6 else "")),
                plain(rule_words(view, uid)),
            )
        )
    print_table(["State", "Resource", "Class", "Because of", "Rule"], rows)
