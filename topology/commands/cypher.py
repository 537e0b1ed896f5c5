"""`topology cypher`: an operator's own question, read-only by the database's own word."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from topology.commands.output import AsJson, name_and_value, plain, print_json, print_table, say
from topology.settings import load_settings
from topology.store import open_store
from topology.store.values import QUERY_ROWS


def cypher(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Cypher that only reads.")],
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter; JSON, else text. Repeats."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most rows to print.")] = QUERY_ROWS,
    as_json: AsJson = False,
) -> None:
    """Ask the graph in Cypher. Read-only, 10 seconds at most."""
    parameters = dict(_parameter(text) for text in parameter or ())
    with open_store(load_settings()) as store:
        result = store.query(query, parameters, row_limit=limit)
    if as_json:
        print_json({"columns": result.columns, "rows": result.rows, "truncated": result.truncated})
    else:
        print_table(
            [plain(column) for column in result.columns],
            [[plain(_cell(value)) for value in row] for row in result.rows],
        )
    if result.truncated:
        say(f"only the first {limit} rows are shown; --limit N shows more")


def _parameter(text: str) -> tuple[str, object]:
    name, value = name_and_value(text)
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
