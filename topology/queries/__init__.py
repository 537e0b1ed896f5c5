"""Questions that operators keep: a commented file of Cypher each, the same on both engines.

A file's first comment line says what it answers; below stand its parameters, one a line::

    // $pool text: its uid, alias, label or serial number
    // $hours number = 24: how far back to look
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal, cast

from topology.errors import InvalidValue, UsageError

_PARAMETER = re.compile(
    r"// \$(?P<name>\w+) (?P<kind>text|number)(?: = (?P<default>[\d.]+))?: (?P<help>.+)"
)


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """One parameter of a named query."""

    name: str
    kind: Literal["text", "number"]
    help: str
    default: float | None = None
    """Of a number; None where it must be given."""


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """One question that operators keep."""

    name: str
    text: str
    """Cypher, comments included."""
    summary: str
    """What it answers, in one line."""
    parameters: tuple[QueryParameter, ...] = field(default=())

    def values(self, given: Mapping[str, str]) -> dict[str, object]:
        """Return every parameter's value, from text and defaults.

        Raises UsageError for one that is unknown or lacking, InvalidValue for one that is no
        number and should be one.
        """
        known = [one.name for one in self.parameters]
        for name in given:
            if name not in known:
                raise UsageError(
                    f"query {self.name!r} has no parameter {name!r}; it has "
                    f"{', '.join(known) or 'none'}"
                )
        return {one.name: self._value(one, given.get(one.name)) for one in self.parameters}

    def _value(self, parameter: QueryParameter, text: str | None) -> object:
        if text is None:
            if parameter.default is None:
                raise UsageError(
                    f"query {self.name!r} needs parameter {parameter.name!r} ({parameter.help}); "
                    f"give {parameter.name}=VALUE"
                )
            return parameter.default
        if parameter.kind == "text":
            return text
        try:
            return json.loads(text) + 0
        except (ValueError, TypeError):
            raise InvalidValue(
                f"parameter {parameter.name!r} of query {self.name!r} must be a number, not "
                f"{text!r}"
            ) from None


@cache
def named_queries() -> Mapping[str, NamedQuery]:
    """Return every named query by its name, sorted."""
    found = (one for one in files(__name__).iterdir() if one.name.endswith(".cypher"))
    return {
        one.name.removesuffix(".cypher"): _read(
            one.name.removesuffix(".cypher"), one.read_text(encoding="utf-8")
        )
        for one in sorted(found, key=lambda one: one.name)
    }


def named_query(name: str) -> NamedQuery:
    """Return the query with this name. Raises UsageError, with the nearest names there are."""
    known = named_queries()
    if name not in known:
        near = difflib.get_close_matches(name, known)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(known)}"
        raise UsageError(f"no query is called {name!r}; {hint}")
    return known[name]


def parameters_in(text: str) -> tuple[QueryParameter, ...]:
    """Return the parameters that the comments of a query declare, as those of a kept one do."""
    return tuple(
        QueryParameter(
            name=found["name"],
            kind=cast("Literal['text', 'number']", found["kind"]),
            help=found["help"],
            default=json.loads(found["default"]) if found["default"] else None,
        )
        for line in text.splitlines()
        if (found := _PARAMETER.fullmatch(line))
    )


def value_of(text: str) -> object:
    """Return the value of a parameter that nothing declares: JSON where it is JSON, else text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _read(name: str, text: str) -> NamedQuery:
    summary = text.partition("\n")[0].removeprefix("// ")
    return NamedQuery(name, text, summary, parameters_in(text))
