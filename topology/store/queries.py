"""Operators' Cypher: results as values that JSON has, refusals as sentences with a place."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from neo4j import Record
from neo4j.exceptions import Neo4jError
from neo4j.graph import Node, Path, Relationship
from neo4j.spatial import Point
from neo4j.time import Date, DateTime, Duration, Time

from topology.errors import QueryRefused

_PLACE = re.compile(
    r"(?:Syntax error| \()?(?: ?at )?line (?P<line>\d+)(?:, column |:)(?P<column>\d+)"
    r"(?: - | \(offset: \d+\)\))?"
)
"""A place as either engine writes it, with the words around it that say no more."""
_AS_IT_IS = frozenset({type(None), bool, int, str})
"""Types whose values JSON has: nearly all there are, so they take the short way."""
_NOT_ALLOWED = ("Security.Forbidden", "Statement.AccessMode")
_ENDED = ("TransactionTimedOut", "Transaction.Terminated", "LockClientStopped")
_CANCELLED = ("terminated by the user", "terminated by reader")
"""How the engines call what was ended by `Engine.cancel`, and not by a time limit."""


def row_of(record: Record) -> tuple[object, ...]:
    """Return a row's values as JSON has them."""
    return tuple([one if type(one) in _AS_IT_IS else _plain(one) for one in record])


def refusal_of(
    error: Neo4jError, query: str, place_in: Callable[[str, int, int], tuple[int, int]]
) -> QueryRefused:
    """Return what to raise for a query the database did not answer.

    `place_in` turns the line and column that the database names into those of the query.
    """
    code, said = error.code or "", (error.message or "").strip().partition("\n")[0]
    if any(one in code for one in _NOT_ALLOWED):
        return QueryRefused(
            f"the query was refused ({said}): operators' queries only read; leave out what writes"
        )
    if any(one in code for one in _ENDED):
        is_cancelled = any(one in said for one in _CANCELLED)
        return QueryRefused("the query was cancelled") if is_cancelled else time_is_up()
    found = _PLACE.search(said)
    said = said.replace(found[0], "") if found else said
    place = place_in(query, int(found["line"]), int(found["column"])) if found else (0, 0)
    if min(place) < 1:  # before the query: of the whole of it
        return QueryRefused(f"the query was refused: {said}; mend it and run it again")
    line, column = place
    return QueryRefused(
        f"the query was refused at line {line}, column {column}: {said}; mend it and run it again",
        query=query,
        place=place,
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
