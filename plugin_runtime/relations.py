"""Relations: how much of its inputs a resource needs, declared on its class as `groups`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from typing_extensions import Unpack

from plugin_runtime.attribute import Attribute
from plugin_runtime.hints import did_you_mean
from plugin_runtime.options import NoOptions, misspelt_options
from topology import gates
from topology.errors import InvalidValue
from topology.gates import SERIES, Gate, Group, Tolerates
from topology.state import State

Classes = type | str | Sequence[type | str]
"""Classes of inputs, by class or by name."""

_LEVELS: Mapping[str, Gate] = {
    **dict.fromkeys(("raid0", "linear", "jbod", "single", "stripe"), Tolerates(0)),
    **dict.fromkeys(("raid1", "mirror"), gates.Needs(1)),
    # Of mirrors striped or spanned together one disk may surely fail; which others is not known
    # from the level. Report each mirror as a pool of its own to be exact.
    **dict.fromkeys(("raid10", "raid01", "raid1e"), Tolerates(1)),
    **dict.fromkeys(("raid3", "raid4", "raid5", "raid50"), Tolerates(1)),
    **dict.fromkeys(("raid6", "raid60", "raiddp"), Tolerates(2)),
    "raidtec": Tolerates(3),
}
_ZFS = re.compile(r"(?:raid-?z|draid)([123]?)(?![0-9])")
_ERASURE = re.compile(r"[0-9]+\+([0-9]+)")


def gate_of_level(level: str) -> Gate:
    """Return how many inputs a RAID level can lose: "RAID6", "raid-6", "raidz2", "draid2", "8+2".

    Raises ValueError with the rule for a level that is not known.
    """
    text = re.sub(r"\s", "", level.lower())
    plain = re.sub(r"[_-]", "", text)
    if plain in _LEVELS:
        return _LEVELS[plain]
    if erasure := _ERASURE.fullmatch(plain):
        return Tolerates(int(erasure[1]))
    if zfs := _ZFS.match(text):  # also as zpool names them, "raidz2-0"
        return Tolerates(int(zfs[1] or 1))
    raise ValueError(
        "must be a known RAID level (raid0, raid1, raid5, raid6, raid10, raidz1 to raidz3, "
        "draid1 to draid3, or data and parity such as 8+2)"
    )


class Relation:
    """A group of inputs that a resource needs together.

    `of` names the inputs' classes. `size` is how many there should be: a number or the name of an
    attribute; without it the most there have been. `out_of_sync` maps attributes of an input to
    the values in which it counts as failed. `cap` is the worst the group can do: a state, or a
    function of the input. `name` tells groups apart; by default it is made of the classes' names.
    """

    def __init__(
        self,
        of: Classes,
        *,
        size: int | str | None = None,
        out_of_sync: Mapping[str, Sequence[object]] | None = None,
        cap: State | str | Callable[[Any], State | str] = State.FAILED,
        name: str = "",
        **misspelt: Unpack[NoOptions],
    ) -> None:
        self.classes = (of,) if isinstance(of, type | str) else tuple(of)
        self.of = tuple(one if isinstance(one, str) else one.__name__ for one in self.classes)
        self.name = name or "|".join(self.of)
        self.size = size
        self.out_of_sync = dict(out_of_sync or {})
        self.cap = cap
        self.misspelt = tuple(misspelt)
        """Options it was given and does not have."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    def gate(self, resource: object) -> Gate:
        """Return the gate of `resource` as it is now. Raises ValueError with the rule it breaks."""
        raise NotImplementedError

    def mistakes(self, attributes: Mapping[str, Attribute[Any, Any]]) -> Iterable[str]:
        """Yield what is wrong with it on a class that declares `attributes`."""
        for text in misspelt_options(type(self), self.misspelt):
            yield f"{self!r} {text}"
        if not self.of:
            yield f"{type(self).__name__} names no class; pass the inputs' class"
        if isinstance(self.cap, str) and self.cap not in State.__members__:
            yield f"{self!r} has cap {self.cap!r}; give one of {', '.join(State.__members__)}"
        for name, values in self.out_of_sync.items():
            if isinstance(values, str):
                yield f"{self!r} is out of sync where {name!r} is {values!r}; write [{values!r}]"
        if isinstance(self.size, str):
            yield from _undeclared(f"{self!r} has size", self.size, attributes)
        elif self.size is not None and self.size < 1:
            yield f"{self!r} has size {self.size}; give at least 1, or the name of an attribute"

    def declared(self, resource: object) -> Group:
        """Return the group as `resource` has it now.

        Raises ValueError with the rule it breaks, InvalidValue where one attribute breaks it.
        """
        size: object = getattr(resource, self.size) if isinstance(self.size, str) else self.size
        if size is not None and (not isinstance(size, int) or size < 0):
            raise InvalidValue(
                f"{resource!r}.{self.size} must be a whole number of at least 0, being the "
                f"size of {self!r}, got {size!r}"
            )
        gate = self.gate(resource)
        if isinstance(gate, Tolerates) and size and gate.failures >= size:
            gate = Tolerates(size - 1)  # a RAID6 of two is a mirror
        cap = State.FAILED if callable(self.cap) else _state(self.cap)
        return Group(name=self.name, gate=gate, size=size or None, cap=cap, of=self.of)

    def cap_on(self, member: object) -> State:
        """Return the worst that `member`, one of its inputs, can do.

        Raises ValueError with the rule it breaks where a function gives no state.
        """
        if not callable(self.cap):
            return State.FAILED
        said: object = self.cap(member)
        if isinstance(said, State):
            return said
        if isinstance(said, str) and said in State.__members__:
            return State[said]
        known = ", ".join(State.__members__)
        raise ValueError(f"must cap {member!r} at one of {known}, not {said!r}")

    def is_out_of_sync(self, member: object) -> bool:
        """`member`, one of its inputs, counts as failed whatever its state."""
        return any(
            getattr(member, name, None) in values for name, values in self.out_of_sync.items()
        )


class Redundancy(Relation):
    """Some of the inputs may fail.

    `tolerates` is how many: a number, the name of an attribute that holds a RAID level or a number,
    or a function of the resource.
    """

    def __init__(
        self,
        of: Classes,
        tolerates: int | str | Callable[[Any], int],
        *,
        size: int | str | None = None,
        out_of_sync: Mapping[str, Sequence[object]] | None = None,
        cap: State | str | Callable[[Any], State | str] = State.FAILED,
        name: str = "",
        **misspelt: Unpack[NoOptions],
    ) -> None:
        super().__init__(of, size=size, out_of_sync=out_of_sync, cap=cap, name=name, **misspelt)
        self.tolerates = tolerates

    def gate(self, resource: object) -> Gate:
        """Return what may fail; of an unset RAID level, nothing."""
        said: object = self.tolerates
        if isinstance(said, str):
            said = getattr(resource, said)
            if said is None:
                return SERIES
            if isinstance(said, str):
                try:
                    return gate_of_level(said)
                except ValueError as error:
                    where = f"{resource!r}.{self.tolerates}"
                    raise InvalidValue(f"{where} {error}, got {said!r}") from error
        elif callable(said):
            said = said(resource)
        if not isinstance(said, int) or said < 0:
            raise ValueError(f"must tolerate a number of failures of at least 0, not {said!r}")
        return Tolerates(said)

    def mistakes(self, attributes: Mapping[str, Attribute[Any, Any]]) -> Iterable[str]:
        """Yield what is wrong with it, words of an Enum that are no RAID level among it."""
        yield from super().mistakes(attributes)
        if isinstance(self.tolerates, int):
            if self.tolerates < 0:
                yield f"{self!r} tolerates {self.tolerates}; give at least 0"
            elif isinstance(self.size, int) and self.tolerates >= self.size:
                yield (
                    f"{self!r} tolerates {self.tolerates} of {self.size}, so it could never fail; "
                    "give less than its size"
                )
        if isinstance(self.tolerates, str):
            yield from _undeclared(f"{self!r} tolerates", self.tolerates, attributes)
            for word in getattr(attributes.get(self.tolerates), "choices", ()):
                try:
                    gate_of_level(word)
                except ValueError as error:
                    yield f"{self!r} tolerates {self.tolerates!r}, which {error}, got {word!r}"


class Needs(Relation):
    """At least `at_least` of the inputs of the class `any_of` must work.

    A built-in class in it stands for all that derive from it: the group that `MultipathDevice`
    has, `Needs(any_of=DeviceNode)`, counts a plugin's own kind of path too.
    """

    def __init__(
        self,
        any_of: Classes,
        at_least: int = 1,
        *,
        size: int | str | None = None,
        out_of_sync: Mapping[str, Sequence[object]] | None = None,
        cap: State | str | Callable[[Any], State | str] = State.FAILED,
        name: str = "",
        **misspelt: Unpack[NoOptions],
    ) -> None:
        super().__init__(any_of, size=size, out_of_sync=out_of_sync, cap=cap, name=name, **misspelt)
        self.at_least = at_least

    def gate(self, resource: object) -> Gate:
        """Return how many are needed."""
        del resource
        return gates.Needs(self.at_least)

    def mistakes(self, attributes: Mapping[str, Attribute[Any, Any]]) -> Iterable[str]:
        """Yield what is wrong with it, more needed than there are among it."""
        yield from super().mistakes(attributes)
        if self.at_least < 1:
            yield f"{self!r} needs at least {self.at_least}; give 1 or more"
        elif isinstance(self.size, int) and self.at_least > self.size:
            yield f"{self!r} needs at least {self.at_least} of {self.size}; give at most its size"


class Series(Relation):
    """Every input is needed."""

    def gate(self, resource: object) -> Gate:
        """Return the series gate."""
        del resource
        return SERIES


def _state(said: State | str) -> State:
    return State[said] if isinstance(said, str) else said


def _undeclared(
    where: str, name: str, attributes: Mapping[str, Attribute[Any, Any]]
) -> Iterable[str]:
    if name not in attributes:
        hint = did_you_mean(name, attributes)
        yield f"{where} {name!r}, which is no number and no attribute; {hint}"
