"""Everything one session says in one go, and what that changes in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from topology.model import Claim, Resource, Scope
from topology.schema import ResourceClass


@dataclass(frozen=True, slots=True)
class Delta:
    """One session's report. Applied whole or not at all; applying it twice is applying it once."""

    scope: Scope
    """Who says it. Removals never reach outside it."""
    reported: Mapping[str, Claim] = field(default_factory=dict)
    """New or changed resources by uid, each with everything this scope says of it."""
    removed: frozenset[str] = frozenset()
    """Uids this scope no longer reports. Unknown ones are ignored."""
    is_complete: bool = False
    """It is the whole truth of the scope: what it said before and does not say now is gone."""
    is_final: bool = False
    """The scope ends: what leaves now is forgotten, also where a group misses it."""
    classes: tuple[ResourceClass, ...] = ()
    """The classes of what is reported, as data."""

    @property
    def is_empty(self) -> bool:
        """It says nothing new."""
        return not (self.reported or self.removed or self.is_complete)

    def then(self, later: Delta) -> Delta:
        """Return this delta followed by `later`. Raises ValueError when their scopes differ."""
        if later.scope != self.scope:
            raise ValueError(
                f"deltas of two scopes cannot be joined: {self.scope} and {later.scope}"
            )
        if later.is_complete:
            return later
        reported = {uid: claim for uid, claim in self.reported.items() if uid not in later.removed}
        classes = {one.name: one for one in (*self.classes, *later.classes)}
        return Delta(
            scope=self.scope,
            reported=reported | dict(later.reported),
            removed=(self.removed - later.reported.keys()) | later.removed,
            is_complete=self.is_complete,
            is_final=self.is_final or later.is_final,
            classes=tuple(classes.values()),
        )


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one resource: added where `before` is None, removed where `after` is."""

    uid: str
    before: Resource | None
    after: Resource | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a delta means for the graph at one revision; committed whole or not at all."""

    base: int
    """The revision it was worked out against; at any other it must be worked out again."""
    at: float
    """Epoch seconds."""
    changes: tuple[Change, ...] = ()
    """Each resource once."""
    classes: tuple[ResourceClass, ...] = ()
    """Classes that are new or changed."""
