"""How commands are told and tell: arguments, data on stdout, messages on stderr."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from pydantic import BaseModel
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from topology.errors import UsageError
from topology.state import GLYPHS, Interval

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters other than the line feed, and those that turn the direction of writing."""
_STYLES = {
    "OK": "green",
    "DEGRADED": "yellow",
    "CRITICAL": "bold yellow",
    "PARTIAL": "red",
    "FAILED": "bold red",
    "UNKNOWN": "magenta",
}


def print_json(value: object) -> None:
    """Print one JSON value, a line to each line of it, keys as given."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def json_of(body: BaseModel) -> dict[str, object]:
    """Return a body of `topology.answers` as the API sends it."""
    return body.model_dump(mode="json", by_alias=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; cells may hold the markup that `state_text` makes, so escape others' text."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)


def console() -> Console:
    """Return where data is printed; plain and unwrapped where it is not a terminal."""
    wide = None if sys.stdout.isatty() else 100_000
    return Console(width=wide, highlight=False, soft_wrap=not sys.stdout.isatty())


def state_text(state: Interval) -> str:
    """Return glyph and word of a published state, coloured on a terminal."""
    return glyph_text(state.word)


def glyph_text(word: str) -> str:
    """Return one of the six words with its glyph, coloured on a terminal."""
    return f"[{_STYLES[word]}]{GLYPHS[word]} {word}[/]"


def plain(text: object) -> str:
    """Return `text` so that nothing in it is taken for markup or for an order to the terminal."""
    return escape(_UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], str(text)))


def name_and_value(argument: str) -> tuple[str, str]:
    """Return what a NAME=VALUE argument names and says. Raises UsageError for any other."""
    name, equals, value = argument.partition("=")
    if not name or not equals:
        raise UsageError(f"{argument!r} is not NAME=VALUE; write for example name=scratch")
    return name, value


def say(message: str) -> None:
    """Print a message for a person, apart from the data."""
    print(message, file=sys.stderr)
