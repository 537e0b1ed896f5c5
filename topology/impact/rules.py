"""The rule by which a part's inputs force its state, as values; `str` says it with uids.

Who knows names says it in words of its own (`topology.report.rules`).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from topology.gates import Rule

SHOWN_POINTS = 20
"""How many new single points `str` names before it only counts the rest."""


class _InWords:
    """Rules are put in the order of their words, where nothing else tells two apart."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)


@dataclass(frozen=True, slots=True)
class OwnState(_InWords):
    """The part itself says so."""

    word: str
    """One of the six."""

    def __str__(self) -> str:
        return f"its own state is {self.word}"


@dataclass(frozen=True, slots=True)
class EndedBy(_InWords):
    """Each of these alone ends the part now."""

    points: tuple[str, ...]
    """Sorted by uid."""

    def __str__(self) -> str:
        shown = list(self.points[:SHOWN_POINTS])
        if len(self.points) > SHOWN_POINTS:
            shown.append(f"{len(self.points) - SHOWN_POINTS} more")
        return f"{', '.join(shown)} {self.verb}"

    @property
    def verb(self) -> str:
        """What they do, to be written after their names."""
        return "ends it now" if len(self.points) == 1 else "each end it now"


@dataclass(frozen=True, slots=True)
class SharedFate(_InWords):
    """The part is in a cycle that goes down as one."""

    def __str__(self) -> str:
        return "shares the fate of its cycle"


@dataclass(frozen=True, slots=True)
class Lost:
    """Inputs of a group that count as failed whatever their state."""

    missing: int
    out_of_sync: int

    def __str__(self) -> str:
        said = []
        if self.missing:
            said.append(f"{self.missing} missing")
        if self.out_of_sync:
            said.append(f"{self.out_of_sync} not in sync")
        return f" ({', '.join(said)})" if said else ""


@dataclass(frozen=True, slots=True)
class Counted(_InWords):
    """Too many inputs of a k-of-n group have failed, or some have, or are weak."""

    failed: int
    weak: int
    """Not OK, whether failed or not."""
    total: int
    may_fail: int
    """0: every one is needed."""
    lost: Lost

    def __str__(self) -> str:
        if self.may_fail:
            spare = f"tolerates {self.may_fail}"
        else:
            spare = "needs all" if self.total > 1 else "needs it"
        if self.failed:
            return f"{self.failed} of {self.total} failed{self.lost}, {spare}"
        return f"{self.weak} of {self.total} weak, {spare}"


@dataclass(frozen=True, slots=True)
class RuleMet(_InWords):
    """A rule of the group holds."""

    rule: Rule
    found: Fraction
    """How much is at or beyond the rule's state, in the rule's measure."""
    size: int
    lost: Lost

    def __str__(self) -> str:
        rule = self.rule
        unit = {"count": f" of {self.size}", "percent": " %", "weight": " by weight"}[rule.measure]
        return (
            f"{_plain(self.found)}{unit} at {rule.at.name} or worse{self.lost}, "
            f"{_plain(rule.amount)}{'' if rule.measure == 'count' else unit} "
            f"gives {rule.gives.name}"
        )


WhyRule = OwnState | EndedBy | SharedFate | Counted | RuleMet


def _plain(number: Fraction) -> str:
    """Write a number as people do, to two places."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")
