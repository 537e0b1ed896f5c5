"""`topology cypher`: an operator's own question, read-only by the database's own word."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from itertools import islice
from typing import Annotated

import typer

from topology.answers.rows import cell_text, csv_of, json_lines_of, json_of
from topology.audit import audited
from topology.commands.output import AsJson, name_and_value, plain, print_json, print_table, say
from topology.errors import QueryRefused, UsageError
from topology.queries import QueryParameter, named_queries, named_query, value_of
from topology.settings import load_settings
from topology.store import open_store
from topology.store.asking import Asked
from topology.store.values import QUERY_ROWS


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


def cypher(
    query: Annotated[
        str | None, typer.Argument(metavar="QUERY", help="Cypher that only reads; - is stdin.")
    ] = None,
    *,
    named: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask a question that is kept under NAME.")
    ] = None,
    is_listing: Annotated[
        bool, typer.Option("--list", help="List the questions that are kept.")
    ] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="NAME=VALUE", help="$NAME; JSON, else text. Repeats."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"The most rows; else {QUERY_ROWS} in a table, and all others."),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", help="A table, or rows as they arrive.")
    ] = Format.TABLE,
    as_json: AsJson = False,
) -> None:
    """Ask the graph in Cypher. Read-only, 10 seconds at most. Ctrl-C ends it in the database."""
    form = Format.JSON if as_json else form
    if is_listing:
        _print_list(form)
        return
    given = dict(name_and_value(text) for text in parameter or ())
    text, parameters = _question(query, named, given)
    settings = load_settings()
    with open_store(settings) as store, store.ask(text, parameters) as asked:
        try:
            with audited(
                settings.data_dir,
                text,
                who=pwd.getpwuid(os.getuid()).pw_name,
                origin="command line",
                row_count=lambda: asked.row_count,
            ):
                _print(asked, form, limit)
        except QueryRefused as error:
            after = f"after {asked.row_count} rows " if asked.row_count else ""
            raise QueryRefused(f"{after}{error}\n{error.marked}".rstrip()) from None


def _question(
    query: str | None, named: str | None, given: Mapping[str, str]
) -> tuple[str, Mapping[str, object]]:
    """Return the Cypher to run and its parameters."""
    if (query is None) == (named is None):
        raise UsageError(
            "give either a QUERY or --named NAME; `topology cypher --list` says which there are"
        )
    if named is not None:
        kept = named_query(named)
        return kept.text, kept.values(given)
    text = sys.stdin.read() if query == "-" else str(query)
    return text, {name: value_of(value) for name, value in given.items()}


def _print(asked: Asked, form: Format, limit: int | None) -> None:
    match form:
        case Format.TABLE:
            _print_table(asked, limit or QUERY_ROWS)
        case Format.CSV:
            _write(csv_of(asked.columns, islice(asked.rows, limit)))
        case Format.JSON:
            _write(json_of(asked.columns, asked.rows, limit=limit))
        case Format.JSONL:
            _write(json_lines_of(asked.columns, islice(asked.rows, limit)))


def _print_table(asked: Asked, limit: int) -> None:
    rows = [[plain(cell_text(value)) for value in row] for row in islice(asked.rows, limit)]
    if rows:
        print_table([plain(column) for column in asked.columns], rows)
    else:
        say("no row answers this")
    if next(asked.rows, None) is not None:
        say(f"only the first {limit} rows are shown; --limit N shows more, --format csv shows all")


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line)
    sys.stdout.flush()


def _print_list(form: Format) -> None:
    kept = named_queries().values()
    if form is not Format.TABLE:
        print_json(
            [
                {
                    "name": one.name,
                    "summary": one.summary,
                    "parameters": {
                        each.name: {"help": each.help, "default": each.default}
                        for each in one.parameters
                    },
                }
                for one in kept
            ]
        )
        return
    print_table(
        ["name", "what it answers", "parameters"],
        [
            [one.name, plain(one.summary), plain("\n".join(map(_described, one.parameters)))]
            for one in kept
        ],
    )


def _described(parameter: QueryParameter) -> str:
    given = "" if parameter.default is None else f" ({cell_text(parameter.default)})"
    return f"{parameter.name}{given}: {parameter.help}"
