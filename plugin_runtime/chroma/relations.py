"""The descendant's `relations`: two classes joined where values of theirs are equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

__all__ = ["Provide", "Subscribe"]

Role = Literal["provide", "subscribe"]
OPPOSITE: Mapping[Role, Role] = {"provide": "subscribe", "subscribe": "provide"}
Other = type | tuple[str, str]
"""A class, or the names of a plugin and of a class in it."""


class _Relation:
    role: Role

    def __init__(self, other: Other, attributes: Sequence[str] | str) -> None:
        self.other = other
        self.attributes = (attributes,) if isinstance(attributes, str) else tuple(attributes)

    @property
    def other_name(self) -> str:
        """What the other class is called."""
        return self.other.__name__ if isinstance(self.other, type) else self.other[1]


class Provide(_Relation):
    """Resources of `provide_to` with the same `attributes` depend on this one.

    Values are compared without regard to case, whatever `ignorecase` says.
    """

    role = "provide"

    def __init__(
        self, provide_to: Other, attributes: Sequence[str] | str, *, ignorecase: bool = False
    ) -> None:
        del ignorecase
        super().__init__(provide_to, attributes)


class Subscribe(_Relation):
    """This one depends on resources of `subscribe_to` with the same `attributes`."""

    role = "subscribe"

    def __init__(
        self, subscribe_to: Other, attributes: Sequence[str] | str, *, ignorecase: bool = False
    ) -> None:
        del ignorecase
        super().__init__(subscribe_to, attributes)


Relation = Provide | Subscribe
