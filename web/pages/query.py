"""The Query page: an operator's own question in Cypher, or one that is kept; read-only."""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import ClassVar

from flask import url_for

from topology.answers.rows import cell_text
from topology.errors import InvalidValue, QueryRefused, UsageError
from topology.queries import NamedQuery, named_queries, named_query, parameters_in, value_of
from topology.store.values import QUERY_SECONDS
from web.asking import asking, cut_off

MOST_ROWS = 500
"""How many rows the page shows."""
_MOST_CELL = 400
_NAMES = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class ParameterField:
    """One parameter that the query names."""

    name: str = field(metadata={"help": "Without the $"})
    value: str = field(metadata={"help": "As it was typed"})
    help: str = field(metadata={"help": "What it is, where the query declares it"})


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a query that was refused."""

    text: str
    is_wrong: bool
    before: str = field(default="", metadata={"help": "Of a wrong line: what precedes the place"})
    rest: str = field(default="", metadata={"help": "Of a wrong line: what begins at the place"})


@dataclass(frozen=True, slots=True)
class Asking:
    """What an address asks."""

    text: str
    given: Mapping[str, str]
    """Parameters by name, as they were typed; empty ones left out."""
    has_run: bool = True
    """False: only show it."""

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that the query names, each once."""
        return tuple(dict.fromkeys(_NAMES.findall(self.text)))

    @property
    def missing(self) -> tuple[str, ...]:
        """Those of them that have no value, not even one by default."""
        usual = {one.name for one in parameters_in(self.text) if one.default is not None}
        return tuple(one for one in self.names if one not in self.given and one not in usual)

    def values(self) -> Mapping[str, object]:
        """Return the parameters' values. Raises UsageError and InvalidValue."""
        if missing := self.missing:
            raise UsageError(f"the query needs a value for ${missing[0]}; type it and run again")
        declared = NamedQuery("this query", self.text, "", parameters_in(self.text))
        known = {one.name for one in declared.parameters}
        values = declared.values({name: text for name, text in self.given.items() if name in known})
        return values | {
            name: value_of(self.given[name]) for name in self.names if name not in known
        }

    def curl(self, address: str) -> str:
        """Return the command that asks the same of the API at `address`."""
        body: dict[str, object] = {"query": self.text}
        try:
            if values := self.values():
                body["parameters"] = values
        except (UsageError, InvalidValue):
            return ""
        said = shlex.quote(json.dumps(body, ensure_ascii=False))
        return f"curl -s {shlex.quote(address)} -H 'Content-Type: application/json' -d {said}"


@dataclass(frozen=True, slots=True)
class QueryPage:
    """templates/query.html: a question, and its answer."""

    template: ClassVar[str] = "query.html"

    title: str = field(metadata={"help": "How many rows answer it"})
    text: str = field(metadata={"help": "The query as it was asked"})
    parameters: tuple[ParameterField, ...] = field(metadata={"help": "In order of appearance"})
    kept: tuple[tuple[str, str], ...] = field(metadata={"help": "Name and summary"})
    is_json: bool = field(metadata={"help": "The rows are shown as JSON"})
    address: Mapping[str, str] = field(metadata={"help": "This page's query string, by name"})
    curl: str = field(default="", metadata={"help": "The same as a command, else empty"})
    note: str = field(
        default="", metadata={"help": "What to do before it runs, or to read all, else empty"}
    )
    problem: str = field(default="", metadata={"help": "Why there is no answer, else empty"})
    lines: tuple[TextLine, ...] = field(default=(), metadata={"help": "Where the place is known"})
    has_answer: bool = field(default=False, metadata={"help": "It ran, and was answered"})
    columns: tuple[str, ...] = field(default=(), metadata={"help": "Their names"})
    rows: tuple[tuple[str, ...], ...] = field(default=(), metadata={"help": "As cells show them"})
    document: str = field(default="", metadata={"help": "The same rows as JSON"})
    facts: str = field(default="", metadata={"help": "Rows, time and limits"})


def asking_of(arguments: Mapping[str, str]) -> Asking:
    """Return what a query string asks. Raises UsageError for a kept name that there is not."""
    text = arguments.get("q", "").replace("\r\n", "\n").strip()
    if not text and (name := arguments.get("named")):
        text = named_query(name).text
    given = {name[1:]: value for name, value in arguments.items() if name.startswith("$") and value}
    return Asking(text, given, has_run=bool(text))


def query_page_of(arguments: Mapping[str, str], *, is_from_elsewhere: bool) -> QueryPage:
    """Ask what the address asks, unless another site led here: then somebody reads it first."""
    asked = asking_of(arguments)
    declared = {one.name: one for one in parameters_in(asked.text)}
    page = QueryPage(
        title="Ask the graph.",
        text=asked.text,
        parameters=tuple(
            ParameterField(
                name,
                asked.given.get(name, _default(declared[name].default) if name in declared else ""),
                declared[name].help if name in declared else "",
            )
            for name in asked.names
        ),
        kept=tuple((one.name, one.summary) for one in named_queries().values()),
        is_json=arguments.get("view") == "json",
        address={name: value for name, value in arguments.items() if name != "view"},
        curl=asked.curl(url_for("api.query", _external=True)) if asked.has_run else "",
    )
    if not asked.has_run:
        return page
    if is_from_elsewhere:
        return replace(page, note="Another site led here. Read the query, then run it.")
    if asked.missing and not arguments.get("q"):  # a kept one was chosen, and not filled in yet
        wanted = ", ".join(f"${name}" for name in asked.missing)
        (summary,) = (one.summary for one in named_queries().values() if one.text == asked.text)
        return replace(page, title=summary, note=f"Fill in {wanted}, then run it.")
    try:
        return _answered(page, asked.text, asked.values())
    except QueryRefused as error:
        return replace(
            page,
            title="The query was refused.",
            problem=str(error),
            lines=_lines(asked.text, error.place),
        )
    except (UsageError, InvalidValue) as error:
        return replace(page, title="A parameter is missing or wrong.", note=str(error))


def _answered(page: QueryPage, text: str, values: Mapping[str, object]) -> QueryPage:
    begun = time.monotonic()
    with asking(text, values) as asked:
        columns, rows = asked.columns, list(islice(asked.rows, MOST_ROWS))
        has_more = next(asked.rows, None) is not None or asked.is_cut_off
        note = cut_off(asked) if len(rows) < MOST_ROWS else ""
    took = round((time.monotonic() - begun) * 1000)
    counted = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    return replace(
        page,
        title="Nothing answers this."
        if not rows
        else f"{counted} answer{'s' * (len(rows) == 1)} this.",
        note=note and f"{note[:1].upper()}{note[1:]}.",
        has_answer=True,
        columns=columns,
        rows=tuple(tuple(_clipped(cell_text(value)) for value in row) for row in rows),
        document=json.dumps(
            [dict(zip(columns, row, strict=True)) for row in rows], indent=2, ensure_ascii=False
        ),
        facts=f"{'the first ' if has_more else ''}{counted} in {took:,} ms",
    )


def limits_text() -> str:
    """Return what a query on this page may do."""
    return f"read only · {QUERY_SECONDS:g} s · {MOST_ROWS} rows here, all in the CSV"


def _lines(text: str, place: tuple[int, int] | None) -> tuple[TextLine, ...]:
    if place is None:
        return ()
    number, column = place
    return tuple(
        TextLine(line, is_wrong=True, before=line[: column - 1], rest=line[column - 1 :])
        if index == number
        else TextLine(line, is_wrong=False)
        for index, line in enumerate(text.split("\n"), start=1)
    )


def _clipped(text: str) -> str:
    return text if len(text) <= _MOST_CELL else f"{text[:_MOST_CELL]}…"


def _default(value: object) -> str:
    return "" if value is None else cell_text(value)
