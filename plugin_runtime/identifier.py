"""Identifiers: which attributes make a resource one and the same thing."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import Unpack

from plugin_runtime.options import NoOptions
from topology.errors import InvalidValue
from topology.ingest.correlate import canonical
from topology.model import Value


class Identifier:
    """Attributes that together are unique. An unset optional one counts as empty text."""

    def __init__(self, *names: str, **misspelt: Unpack[NoOptions]) -> None:
        self.names = names
        self.misspelt = tuple(misspelt)
        """Options it was given and does not have."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.names))})"

    def identity(self, values: Mapping[str, Value], owner: str) -> tuple[Value, ...]:
        """Return what is equal for equal resources, of stored `values`; unset ones are left out.

        Raises InvalidValue, naming the class `owner`, when none of the attributes is set.
        """
        if not any(name in values for name in self.names):
            names = " and ".join(map(repr, self.names))
            raise InvalidValue(f"{owner} lacks {names}, which identifies it; pass a value")
        return tuple(values.get(name, "") for name in self.names)


class GlobalId(Identifier):
    """Unique everywhere: the same identity from any scannable is one resource."""


class ScannableId(Identifier):
    """Unique within the scannable that reported it, and gone with it."""


class FirstOf(GlobalId):
    """The first of these that is a real identifier: not unset, nor what vendors leave unset.

    Values are compared as provided identifiers are, without regard to case, colons or prefixes.
    """

    def identity(self, values: Mapping[str, Value], owner: str) -> tuple[Value, ...]:
        """Return the name of the first one and its canonical value."""
        for name in self.names:
            known = canonical(name, str(values[name])) if name in values else None
            if known is not None:
                return (name, known)
        found = ", ".join(f"{name} {values.get(name)!r}" for name in self.names)
        raise InvalidValue(
            f"{owner} has no identity, got {found}; report one of them, "
            "or derive a class with a ScannableId"
        )
