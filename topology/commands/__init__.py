"""The `topology` commands that need nothing but the graph."""

from __future__ import annotations

import typer

from topology.commands.ask import impact, show, status
from topology.commands.cypher import cypher
from topology.commands.demo import demo
from topology.commands.evaluate import evaluate

app = typer.Typer()
for _command in (demo, status, show, impact, cypher, evaluate):
    app.command()(_command)
