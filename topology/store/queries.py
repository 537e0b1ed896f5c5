"""Operators' Cypher: results as values that JSON has, refusals as sentences with a place."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from itertools import islice
from typing import Any

from neo4j import Transaction
from neo4j.exceptions import Neo4jError
from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from topology.errors import QueryRefused, TopologyError
from topology.store.values import QueryResult

_PLACE = re.compile(
    r"(?:Syntax error| \()?(?: ?at )?line (?P<line>\d+)(?:, column |:)(?P<column>\d+)"
    r"(?: - | \(offset: \d+\)\))?"
)
"""A place as either engine writes it, with the words around it that say no more."""
_NOT_ALLOWED = ("Security.Forbidden", "Statement.AccessMode")
_ENDED = ("TransactionTimedOut", "Transaction.Terminated", "LockClientStopped")


def fetched(
    transaction: Transaction, text: str, parameters: Mapping[str, object], row_limit: int
) -> QueryResult:
    """Run the query and return at most `row_limit` rows; the rest never leaves the database."""
    result = transaction.run(text, dict(parameters))
    rows = [tuple(map(_plain, record.values())) for record in islice(result, row_limit + 1)]
    return QueryResult(
        columns=tuple(result.keys()),
        rows=tuple(rows[:row_limit]),
        truncated=len(rows) > row_limit,
    )


def refusal_of(error: Neo4jError, first_place: tuple[int, int] = (1, 1)) -> TopologyError:
    """Return what to raise for a query the database did not answer.

    `first_place` is the line and column the database gives the query's first character.
    """
    code, said = error.code or "", (error.message or "").strip().partition("\n")[0]
    if any(one in code for one in _NOT_ALLOWED):
        return QueryRefused(
            f"the query was refused ({said}): operators' queries only read; leave out what writes"
        )
    if any(one in code for one in _ENDED):
        return time_is_up()
    place = _PLACE.search(said)
    if place is None:
        return QueryRefused(f"the query was refused: {said}; mend it and run it again")
    line = int(place["line"]) - first_place[0] + 1
    column = int(place["column"]) - first_place[1] + 1
    return QueryRefused(
        f"the query was refused at line {line}, column {column}: {said.replace(place[0], '')}; "
        "mend it and run it again"
    )


def time_is_up() -> QueryRefused:
    """Return what to raise for a query that took longer than it may."""
    return QueryRefused(
        "the query was ended because it ran over its time limit; match fewer resources, or bound "
        "its paths, as in -[*1..10]->"
    )


def _plain(value: Any) -> object:  # noqa: ANN401, PLR0911 - one case a type
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Node():
            return {"labels": sorted(value.labels), "properties": _plain(dict(value.items()))}
        case Relationship():
            return {
                "type": value.type,
                "source": value.start_node.get("uid") if value.start_node else None,
                "target": value.end_node.get("uid") if value.end_node else None,
                "properties": _plain(dict(value.items())),
            }
        case Path():
            return {"nodes": _plain(list(value.nodes)), "links": _plain(list(value.relationships))}
        case Date() | DateTime() | Time() | Duration():
            return value.iso_format()
        case bytes() | bytearray():
            return base64.b64encode(value).decode("ascii")
        case Point():
            return [_plain(one) for one in value]
        case list() | tuple():
            return [_plain(one) for one in value]
        case Mapping():
            return {str(name): _plain(one) for name, one in sorted(value.items())}
        case _:
            return str(value)
