"""The `topology` commands that need nothing but the graph."""

from __future__ import annotations

import typer

from topology.commands.administer import accept, alias, export, import_
from topology.commands.ask import impact, show, status
from topology.commands.cypher import cypher
from topology.commands.demo import demo
from topology.commands.evaluate import evaluate
from topology.commands.events import events
from topology.commands.explain import causes, find, spof
from topology.commands.operate import backup, doctor, restore
from topology.commands.suppose import safe_to_remove, what_if

app = typer.Typer()
for _command in (
    demo,
    status,
    find,
    show,
    impact,
    causes,
    spof,
    what_if,
    safe_to_remove,
    events,
    accept,
    alias,
    cypher,
    evaluate,
    export,
    backup,
    restore,
    doctor,
):
    app.command()(_command)
app.command(name="import")(import_)
