"""Resources for tests of the store: plain ones by name, and hostile ones drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from topology.gates import Group, InputMap, Needs, Rule, Rules, Tolerates
from topology.model import SEVERITIES, Alert, Claim, Input, LinkKind, Provision, Resource, Value
from topology.state import EXACTLY, OK, UNKNOWN, Interval, State

EAST = "array/east"
WEST = "smart/west"
BASES = {"HardDrive": ("PhysicalDisk",), "SmartDisk": ("PhysicalDisk",)}


def resource(
    uid: str,
    class_name: str = "HardDrive",
    *,
    parents: Iterable[str] = (),
    attributes: dict[str, Value] | None = None,
    own: Interval = OK,
    alerts: Iterable[Alert] = (),
    scope: str = EAST,
) -> Resource:
    """Return a resource that one scope claims; its parents are needed, all of them."""
    claim = Claim(
        classes=(class_name, *BASES.get(class_name, ())),
        label=f"{class_name} {uid}",
        attributes=attributes or {},
        own_state=own,
        inputs=tuple(Input(parent) for parent in parents),
        alerts=tuple(alerts),
    )
    return Resource(uid=uid, claims={scope: claim}, own_since=1000.5, own_revision=1)


def also_claimed(held: Resource, by: Resource) -> Resource:
    """Return `held` with the claims of `by` in addition."""
    return replace(held, claims={**held.claims, **by.claims})


def hearsay(held: Resource) -> Resource:
    """Return `held` as all who claim it only heard of it."""
    claims = {scope: replace(claim, is_hearsay=True) for scope, claim in held.claims.items()}
    return replace(held, claims=claims)


_UIDS = ("a", "b~1", "c.2", "d_3", "e-4")
_CLASS_NAMES = ("Match", "Alpha_1", "_Beta", "HardDrive")
_TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=8),
    st.sampled_from(["", "'", '"', "`", "\\u0027", "$x", "a=b", "null", "é\u202e\0", "\udc80"]),
)
_ATTRIBUTE_NAMES = st.one_of(
    st.sampled_from(["capacity", "state", "state_", "uid", "label", "claims", "type", "größe"]),
    st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True),
)
_VALUES: st.SearchStrategy[Value] = st.one_of(
    _TEXTS,
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
)
_GROUP_NAMES = ("disks", "1 of", "ü")
_GATES: st.SearchStrategy[Any] = st.one_of(
    st.builds(Tolerates, st.integers(0, 3)),
    st.builds(Needs, st.integers(1, 3)),
    st.builds(
        lambda amount: Rules((Rule("percent", amount, State.FAILED, State.PARTIAL),)),
        st.fractions(Fraction(1, 7), 100, max_denominator=7),
    ),
)
_OWN_STATES = st.sampled_from([*EXACTLY.values(), UNKNOWN])
_PROVISIONS = st.lists(st.builds(Provision, st.sampled_from(["serial", "a=b"]), _TEXTS), max_size=2)


def _inputs(kinds: tuple[LinkKind, ...]) -> st.SearchStrategy[tuple[Input, ...]]:
    one = st.builds(
        Input,
        source=st.sampled_from(_UIDS),
        kind=st.sampled_from(kinds),
        groups=st.lists(st.sampled_from(_GROUP_NAMES), unique=True, max_size=2).map(tuple),
        map=st.sampled_from([InputMap(), InputMap.ignore(), InputMap.capped(State.CRITICAL)]),
        out_of_sync=st.lists(st.sampled_from(_GROUP_NAMES), max_size=1).map(tuple),
        via=st.sampled_from(["serial=1", "serial=x=y", "k="])
        if LinkKind.PROVIDES in kinds
        else st.just(""),
    )
    return st.lists(one, max_size=3, unique_by=lambda drawn: drawn.key).map(tuple)


_CLAIMS = st.builds(
    Claim,
    classes=st.lists(st.sampled_from(_CLASS_NAMES), min_size=1, max_size=2, unique=True).map(tuple),
    label=_TEXTS,
    attributes=st.dictionaries(_ATTRIBUTE_NAMES, _VALUES, max_size=4),
    own_state=_OWN_STATES,
    can_fail=st.booleans(),
    is_service=st.booleans(),
    is_hearsay=st.booleans(),
    is_stale=st.booleans(),
    groups=st.lists(
        st.builds(
            Group,
            name=st.sampled_from(_GROUP_NAMES),
            gate=_GATES,
            size=st.none() | st.integers(1, 9),
            cap=st.sampled_from(State),
            of=st.lists(st.sampled_from(_CLASS_NAMES), max_size=2).map(tuple),
            weights=st.dictionaries(st.sampled_from(_UIDS), st.just(Fraction(1, 3)), max_size=1),
        ),
        max_size=2,
        unique_by=lambda group: group.name,
    ).map(tuple),
    inputs=_inputs((LinkKind.PARENT_OF, LinkKind.AFFECTS)),
    provides=_PROVISIONS.map(tuple),
    subscribes=_PROVISIONS.map(tuple),
    alerts=st.lists(
        st.builds(
            Alert,
            condition=_TEXTS,
            severity=st.sampled_from(SEVERITIES),
            message=_TEXTS,
            since=st.floats(0, 2e9),
        ),
        max_size=2,
        unique_by=lambda alert: alert.condition,
    ).map(tuple),
)


def _resources(uid: str) -> st.SearchStrategy[Resource]:
    return st.builds(
        Resource,
        uid=st.just(uid),
        claims=st.dictionaries(st.sampled_from([EAST, WEST]), _CLAIMS, min_size=1, max_size=2),
        joined=_inputs((LinkKind.PROVIDES,)),
        most=st.dictionaries(st.sampled_from(_GROUP_NAMES), st.integers(1, 9), max_size=2),
        missing_since=st.none() | st.floats(0, 2e9),
        own_since=st.floats(0, 2e9),
        own_revision=st.integers(0, 2**40),
        alias=st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    )


def graphs() -> st.SearchStrategy[dict[str, Resource]]:
    """Draw a few resources by uid, links between any of them, and hostile values everywhere."""
    return st.tuples(*map(_resources, _UIDS)).map(lambda drawn: {one.uid: one for one in drawn})
