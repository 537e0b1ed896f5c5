"""The commands that look things up and explain them: find, causes and spof."""

from __future__ import annotations

from typing import Annotated

import typer

from topology.answers import bodies
from topology.answers.making import causes_body, moment_of, resource_bodies, single_points_body
from topology.answers.timestamps import rfc3339
from topology.commands.ask import At, opened_view
from topology.commands.output import (
    AsJson,
    json_of,
    plain,
    print_json,
    print_table,
    say,
    state_text,
)
from topology.live.selection import selection_of
from topology.live.view import View
from topology.report import rule_words, service_sentence, sole_causes_sentence, trouble_words
from topology.state import OK

ResourceId = Annotated[str, typer.Argument(metavar="ID")]


def find(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Part of a name, uid or serial.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="The most resources to print.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List the resources whose name, uid, class or serial has TEXT in it."""
    with opened_view() as view:
        found = view.worst_first(selection_of(view, text=text))
        shown = found[:limit]
        if as_json:
            body = bodies.ResourceListBody(
                items=resource_bodies(view, shown), next=None, **moment_of(view)
            )
            print_json(json_of(body))
        else:
            _print_resources(view, shown)
        if len(found) > limit:
            say(f"{len(found)} found, {limit} shown; --limit N shows more")


def causes(resource_id: ResourceId, *, at: At = None, as_json: AsJson = False) -> None:
    """Trace a resource's trouble back to the root causes, with the way it took."""
    with opened_view(at) as view:
        uid = view.find(resource_id)
        body = causes_body(view, uid)
        if as_json:
            print_json(json_of(body))
            return
        print(service_sentence(view, uid))
        if body.rule:
            print(f"Because {body.rule}.")
        for one in body.root_causes:
            way = " -> ".join(view.name(step) for step in one.path)
            since = "" if view.resources[one.uid].own_state == OK else f", since {one.since}"
            print(f"{one.label} {trouble_words(view, one.uid)}{since}: {way}")
        soles = {one.uid: one.is_sole for one in body.root_causes}
        if soles and (said := sole_causes_sentence(view, uid, soles)):
            print(said)


def spof(
    filesystem: Annotated[str, typer.Argument(metavar="FILESYSTEM")],
    *,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """List the single points of failure of a filesystem, or of any resource."""
    with opened_view(at) as view:
        uid = view.find(filesystem)
        body = single_points_body(view, uid)
        if as_json:
            print_json(json_of(body))
            return
        if body.has_ended:
            print(f"{service_sentence(view, uid)} There is none to name.")
            return
        if body.sentence:
            print(body.sentence)
        for heading, points in (
            ("New, made by what has failed", body.new),
            ("By design", body.by_design),
        ):
            if points:
                print(f"{heading}:")
                _print_resources(view, view.sorted_by_name(points))
        if not (body.new or body.by_design):
            print(f"No single failure ends {view.name(uid)}.")
            print(body.margin.sentence)


def _print_resources(view: View, uids: tuple[str, ...]) -> None:
    print_table(
        ["State", "Resource", "Class", "Since", "Rule", "Uid"],
        [
            (
                state_text(view.state(uid)),
                plain(view.name(uid)),
                plain(view.resources[uid].class_name),
                rfc3339(view.resources[uid].own_since),
                plain(rule_words(view, uid)),
                plain(uid),
            )
            for uid in uids
        ],
    )
