"""Alert conditions: what in a resource's values calls for attention, declared once per class.

The runtime checks them after every change; plugins never do.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from typing_extensions import Unpack

from plugin_runtime.attribute import shown
from plugin_runtime.numbers import finite
from plugin_runtime.options import NoOptions, misspelt_options
from topology.model import Severity
from topology.state import EXACTLY, STATE_WORDS, UNKNOWN, Interval, State, interval_of

__all__ = [
    "AlertCondition",
    "LowerBoundCondition",
    "State",
    "UpperBoundCondition",
    "ValueCondition",
    "Verdict",
]


class Watched(Protocol):
    """What a condition is on: an attribute or a statistic."""

    def validate(self, value: object) -> object:
        """Return `value` in canonical form, or raise ValueError or TypeError."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a condition says of one value."""

    severity: Severity
    own_state: Interval


class AlertCondition:
    """A rule on one attribute or statistic.

    `message` may hold {value} and {label} (the resource's). `state` says which own state the
    condition means, instead of the one that follows from the severity. `for_seconds` is how long it
    must hold before it counts. `id` tells conditions on one attribute apart.
    """

    def __init__(
        self,
        attribute: str,
        *,
        message: str = "",
        state: State | str | None = None,
        for_seconds: float = 0,
        id: str = "",  # noqa: A002 - what authors write
        **misspelt: Unpack[NoOptions],
    ) -> None:
        self.attribute = attribute
        self.message = message
        self.for_seconds = for_seconds
        self.id = id or attribute
        self.state = state.name if isinstance(state, State) else state
        self.misspelt = tuple(misspelt)
        """Options it was given and does not have."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.attribute!r})"

    def judged(self, value: object, held: Verdict | None) -> Verdict | None:
        """Return what it says of a stored value (None: unset), `held` being what it says so far."""
        raise NotImplementedError

    @property
    def verdicts(self) -> Iterable[Verdict]:
        """What it may say, as far as that is known beforehand."""
        return ()

    def mistakes(self, watched: Watched) -> Iterable[str]:
        """Yield what is wrong with it; `watched` is the attribute or statistic it is on."""
        del watched
        for text in misspelt_options(type(self), self.misspelt):
            yield f"{type(self).__name__} {text}"
        if self.state is not None and self.state not in STATE_WORDS:
            yield f"{self!r} has state {self.state!r}; give one of {', '.join(STATE_WORDS)}"
        if self.for_seconds < 0:
            yield f"{self!r} has for_seconds {self.for_seconds}; give 0 or more seconds"
        try:
            fields = {name for _, name, _, _ in string.Formatter().parse(self.message) if name}
        except ValueError as error:
            yield f"{self!r} has a message that is no format ({error}): {self.message!r}"
            return
        for name in sorted(fields - {"value", "label"}):
            yield f"{self!r} has a message with {{{name}}}; known: {{value}}, {{label}}"

    def text(self, value: object, value_label: str, resource_label: str) -> str:
        """Return the alert's message, which always has the resource's label in it."""
        if not self.message:
            return f"{resource_label}: {value_label} is {value}"
        text = self.message.format(value=value, label=resource_label)
        return text if resource_label in text else f"{resource_label}: {text}"

    def _verdict(self, severity: Severity, own_state: Interval) -> Verdict:
        said = interval_of(self.state) if self.state in STATE_WORDS else own_state
        return Verdict(severity, said)


class ValueCondition(AlertCondition):
    """Holds while the attribute has one of the listed values.

    `error` means FAILED, `warning` DEGRADED, `info` OK, `unknown` UNKNOWN. None, an unset
    attribute, can only be listed under `unknown`.
    """

    def __init__(
        self,
        attribute: str,
        error: Sequence[object] = (),
        warning: Sequence[object] = (),
        info: Sequence[object] = (),
        unknown: Sequence[object] = (),
        *,
        message: str = "",
        state: State | str | None = None,
        for_seconds: float = 0,
        id: str = "",  # noqa: A002 - what authors write
        **misspelt: Unpack[NoOptions],
    ) -> None:
        super().__init__(
            attribute, message=message, state=state, for_seconds=for_seconds, id=id, **misspelt
        )
        self._cases: tuple[tuple[Sequence[object], Verdict], ...] = (
            (error, self._verdict("error", EXACTLY[State.FAILED])),
            (unknown, self._verdict("warning", UNKNOWN)),
            (warning, self._verdict("warning", EXACTLY[State.DEGRADED])),
            (info, self._verdict("info", EXACTLY[State.OK])),
        )
        self._listed = {"error": error, "warning": warning, "info": info, "unknown": unknown}

    @property
    def verdicts(self) -> Iterable[Verdict]:
        """What it says of the values it lists."""
        return (verdict for values, verdict in self._cases if values)

    def judged(self, value: object, held: Verdict | None) -> Verdict | None:
        """Return the worst case that lists the value."""
        del held
        return next((verdict for values, verdict in self._cases if value in values), None)

    def mistakes(self, watched: Watched) -> Iterable[str]:
        """Yield what is wrong with it, values it can never see among it."""
        yield from super().mistakes(watched)
        texts = [one for one, values in self._listed.items() if isinstance(values, str)]
        for one in texts:
            yield f"{self!r} has {one}={self._listed[one]!r}; write {one}=[{self._listed[one]!r}]"
        if texts:
            return
        listed = [value for values, _ in self._cases for value in values]
        if not listed:
            yield f"{self!r} lists no values; give error, warning, info or unknown"
        for value in listed:
            if value is None:
                if value not in self._listed["unknown"] or listed.count(None) > 1:
                    yield f"{self!r} lists None, which only unknown may"
            elif listed.count(value) > 1:
                yield f"{self!r} lists {shown(value)} more than once"
            elif not can_have(watched, value):
                yield f"{self!r} lists {shown(value)}, a value it never has"


class _BoundCondition(AlertCondition):
    """Holds while a number is beyond a bound: `error` means CRITICAL, `warning` DEGRADED.

    With `clear` it goes on holding until the number is no longer beyond that.
    """

    _sign: int
    """1 where more is worse, -1 where less is."""

    def __init__(
        self,
        attribute: str,
        error: float | None = None,
        warning: float | None = None,
        info: float | None = None,
        *,
        clear: float | None = None,
        message: str = "",
        state: State | str | None = None,
        for_seconds: float = 0,
        id: str = "",  # noqa: A002 - what authors write
        **misspelt: Unpack[NoOptions],
    ) -> None:
        super().__init__(
            attribute, message=message, state=state, for_seconds=for_seconds, id=id, **misspelt
        )
        self._clear = clear
        said = {"error": error, "warning": warning, "info": info, "clear": clear}
        self._said = {name: bound for name, bound in said.items() if bound is not None}
        self._bounds = tuple(
            (bound, verdict)
            for bound, verdict in (
                (error, self._verdict("error", EXACTLY[State.CRITICAL])),
                (warning, self._verdict("warning", EXACTLY[State.DEGRADED])),
                (info, self._verdict("info", EXACTLY[State.OK])),
            )
            if bound is not None
        )

    @property
    def verdicts(self) -> Iterable[Verdict]:
        """What it says beyond each of its bounds."""
        return (verdict for _, verdict in self._bounds)

    def judged(self, value: object, held: Verdict | None) -> Verdict | None:
        """Return the worst bound the number is strictly beyond; `held` while it is not clear."""
        if value is None:
            return None
        number = finite(value)
        for bound, verdict in self._bounds:
            if self._is_beyond(number, bound):
                return verdict
        if held is not None and self._clear is not None and self._is_beyond(number, self._clear):
            return held
        return None

    def mistakes(self, watched: Watched) -> Iterable[str]:
        """Yield what is wrong with it, bounds in an order that cannot be meant among it."""
        yield from super().mistakes(watched)
        if not _is_number(watched):
            yield f"{self!r} is on what is no single number, so it has no bound; watch a number"
            return
        if not self._bounds:
            yield f"{self!r} has no bound; give error, warning or info"
        for name, bound in self._said.items():
            if isinstance(bound, bool) or not isinstance(bound, int | float):
                yield f"{self!r} has {name}={shown(bound)}; give a number"
                return
        for bound, _ in self._bounds:
            if not (can_have(watched, bound) or can_have(watched, int(bound))):
                yield f"{self!r} has the bound {bound}, a value it never has"
        for (worse, bound), (milder, other) in pairwise(self._said.items()):
            if not self._is_beyond(bound, other):
                side = "above" if self._sign > 0 else "below"
                yield f"{self!r} has {worse}={bound} and {milder}={other}; {worse} must be {side}"

    def _is_beyond(self, number: float, bound: float) -> bool:
        return (number - bound) * self._sign > 0


class UpperBoundCondition(_BoundCondition):
    """Holds while the number is strictly greater than a bound.

    To hold from 60 on, give the greatest number that is still well: 59 where they are whole, 59.9
    where they have tenths. On a `Counter` it is the total that is compared, not the rate.
    """

    _sign = 1


class LowerBoundCondition(_BoundCondition):
    """Holds while the number is strictly less than a bound; see `UpperBoundCondition`."""

    _sign = -1


def _is_number(watched: Watched) -> bool:
    """Tell whether every value is one number: it takes some number, and no word as it stands."""
    numbers = (0, 1, *(getattr(watched, name, None) for name in ("minimum", "maximum")))
    return any(can_have(watched, one) for one in numbers) and not can_have(watched, "word")


def can_have(watched: Watched, value: object) -> bool:
    """Tell whether an attribute or statistic can ever have `value` as it stands."""
    try:
        return bool(watched.validate(value) == value)
    except (ValueError, TypeError, OverflowError):
        return False
