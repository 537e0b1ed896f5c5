"""What every fact that a tool tells has in common."""

from __future__ import annotations

from typing import Literal, Self

Key = tuple[str, ...]
RaidState = Literal["in_sync", "rebuilding", "spare", "faulty", "unknown"]


class Fact:
    """What is told of one thing."""

    __slots__ = ()
    name: str

    @property
    def key(self) -> Key:
        """What it has in common with everything else that is told of the same thing."""
        return (self.name,)

    def completed_by(self, other: Self) -> Self:
        """Return it with what `other` tells of the same thing and this does not: nothing more.

        A tool that tells of it at all is taken to tell it whole.
        """
        del other
        return self

    def contradicts(self, other: Self) -> bool:
        """Both cannot be told of one thing at one time."""
        return self != other
