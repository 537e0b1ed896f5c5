"""`topology events`: what changed, and when."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from topology.answers.events import event_bodies
from topology.commands.ask import At
from topology.commands.output import AsJson, json_of, plain, print_json, print_table
from topology.journal import ORDINALS
from topology.live.live_topology import LiveTopology, view_at
from topology.moment import moment_in
from topology.settings import load_settings
from topology.store import open_store


def events(
    resource_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Of one resource; else of all.")
    ] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The most events to print.")] = 50,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """List what changed, newest first; with --at, what had changed until then."""
    moment = None if at is None else moment_in(at, now=time.time())
    with open_store(load_settings()) as store:
        view = LiveTopology(store).refresh() if moment is None else view_at(store, moment)
        uid = None if resource_id is None else view.find(resource_id)
        found = store.events(uid, limit=limit, before=(view.revision + 1) * ORDINALS)
        bodies = event_bodies(view, found, lambda uid: store.events(uid, limit=1))
    if as_json:
        print_json({"items": [json_of(one) for one in bodies]})
        return
    print_table(
        ["At", "Revision", "Resource", "What"],
        [
            (one.at, str(one.revision), plain(one.label), plain("; ".join(one.said)))
            for one in bodies
        ],
    )
