"""One identity claimed by things that cannot be the same: their claims are kept apart.

Where two scopes claim one uid and say what rules each other out (another size, another WWN), each
claim gets a uid of its own, qualified by its scope, with a warning; when they agree again, or one
lets go, they are one again. So the graph depends on what is claimed, not on who came first.

With one exception: a logical drive can grow, and of two that report it one sees that first, perhaps
by days. So drives that are one already stay one whatever becomes of their sizes; a size tells two
of them apart only where a claim is new, or has had no size so far.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import combinations
from operator import itemgetter

from topology.delta import Delta
from topology.graph.replica import Replica
from topology.ingest.correlate import canonical
from topology.model import QUALIFIED, Alert, Claim, Resource, Scope, Value

CONDITION = "identity_collision"
"""The id of the warning on every claim that is kept apart."""
_SIZES = ("capacity", "size")
_MOST_APART = 1.05
"""Sizes that differ by more are of two things: tools round, and none by a twentieth."""
_NAMES = ("wwn", "root_of")
"""What a thing has one of: its WWN, and the host whose root file system is on it."""
_BY_PLACE = frozenset(
    {
        *("DeviceNode", "MultipathDevice", "Host", "StoragePool"),
        *("ManagementTarget", "MetadataTarget", "ObjectStorageTarget", "LustreFilesystem"),
    }
)
"""Identified by where they are, so that a size that differs is a size that changed."""


_CAN_GROW = frozenset({"LogicalDrive", "LogicalDriveSlice"})


def qualified(uid: str, scope: str) -> str:
    """Return the uid of what `scope` claims under `uid` while others claim something else."""
    return f"{uid}{QUALIFIED}{hashlib.blake2b(scope.encode(), digest_size=3).hexdigest()}"


def held_as(replica: Replica, uid: str, scope: str) -> str:
    """Return the uid under which `replica` has what `scope` claims under `uid`."""
    apart = qualified(uid, scope) if replica.apart(uid) else uid
    return apart if replica.get(apart) is not None else uid


def claimed_uid(uid: str) -> str:
    """Return the uid that a plugin claims, of one that may be qualified."""
    return uid.partition(QUALIFIED)[0]


@dataclass(frozen=True, slots=True)
class Placing:
    """Where each claim belongs once a delta is applied."""

    delta: Delta
    """The delta, under the uids that its claims have in the graph."""
    moved: Mapping[str, Mapping[str, tuple[str, Claim]]] = field(default_factory=dict)
    """Other claims that move: by scope and uid so far, the new uid and the claim there."""
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By scope, the new uid of all that moves by its uid so far."""

    def rewritten(self, replica: Replica) -> Iterator[tuple[str, str, Claim]]:
        """Yield the claims that stay and name what moves: uid, scope, claim. O(scope)."""
        for scope, names in self.names.items():
            leaving: AbstractSet[str] = names.keys()
            if scope == str(self.delta.scope):
                leaving = names.keys() | self.delta.reported.keys() | self.delta.removed
            for uid in sorted(replica.of_scope(scope) - leaving):
                claim = replica.resources[uid].claims[scope]
                changed = renamed(claim, names)
                if changed is not claim:
                    yield uid, scope, changed


def placed(replica: Replica, delta: Delta, *, at: float) -> Placing:
    """Return where `delta`'s claims and those they meet belong. `at` dates new warnings.

    Cost: linear in the delta where nothing collides.
    """
    scope = str(delta.scope)
    let_go = set(delta.removed)
    if delta.is_complete:
        let_go |= {claimed_uid(uid) for uid in replica.of_scope(scope)}
    let_go -= delta.reported.keys()
    moved: dict[str, dict[str, tuple[str, Claim]]] = {}
    names: dict[str, str] = {}
    warnings: dict[str, Alert] = {}
    met = (
        *((uid, claim) for uid, claim in delta.reported.items() if _meets(replica, uid, scope)),
        *((uid, None) for uid in sorted(let_go) if replica.apart(uid)),
    )
    for uid, claim in met:
        others = {name: one for name, one in _claims_on(replica, uid) if name != scope}
        claims = {name: one for name, (_, one) in others.items()}
        if claim is not None:
            claims[scope] = claim
        why = _contradiction(claims, _are_one(replica, uid))
        for name, (place, one) in others.items():
            to = qualified(uid, name) if why else uid
            if to != place:
                said = _warned(one, _warning(one, why, at)) if why else _unwarned(one)
                moved.setdefault(name, {})[place] = (to, said)
        if why and claim is not None:
            names[uid] = qualified(uid, scope)
            warnings[uid] = _warning(claim, why, at)
    # What stays apart though this delta says nothing of it is still named by its links.
    for uid in replica.all_apart - {one for one, _ in met}:
        if (apart := held_as(replica, uid, scope)) != uid:
            names[uid] = apart
    if not (names or moved or replica.all_apart):
        return Placing(replace(delta, removed=frozenset(let_go)))
    reported = {
        names.get(uid, uid): renamed(
            _warned(claim, warnings[uid]) if uid in warnings else claim, names
        )
        for uid, claim in delta.reported.items()
    }
    here = _with_names_here(replace(delta, reported=reported), replica, scope, let_go)
    moving = {name: {uid: to for uid, (to, _) in one.items()} for name, one in moved.items()}
    held = replica.of_scope(scope)
    own = {
        uid: names.get(claimed_uid(uid), claimed_uid(uid))
        for uid in here.removed & held
        if claimed_uid(uid) in delta.reported
    }
    return Placing(here, _renamed_moves(moved), moving | ({scope: own} if own else {}))


def reconsidered(replica: Replica, touched: Iterable[str]) -> tuple[Delta, ...]:
    """Return deltas that say again what is claimed where it collides now, or no longer does.

    For when claims on what is `touched`, by uid, have become stale or fresh: nobody has said
    anything, and yet other claims count than before. Cost: what is touched.
    """
    deltas = []
    for uid in sorted({claimed_uid(one) for one in touched}):
        placed_so_far = dict(_claims_on(replica, uid))
        claims = {scope: one for scope, (_, one) in placed_so_far.items()}
        is_apart = any(place != uid for place, _ in placed_so_far.values())
        if bool(_contradiction(claims, _are_one(replica, uid))) != is_apart:
            scope = min(claims)
            deltas.append(Delta(Scope.parse(scope), {uid: _unwarned(claims[scope])}))
    return tuple(deltas)


def renamed(claim: Claim, names: Mapping[str, str]) -> Claim:
    """Return `claim` with links and references to other uids; itself where it has none of them."""
    is_linked = any(one.source in names for one in claim.inputs)
    is_referring = any(one in names for one in claim.attributes.values() if isinstance(one, str))
    if not is_linked and not is_referring:
        return claim
    inputs = tuple(replace(one, source=names.get(one.source, one.source)) for one in claim.inputs)
    attributes = {
        name: names.get(one, one) if isinstance(one, str) else one
        for name, one in claim.attributes.items()
    }
    return replace(claim, inputs=inputs, attributes=attributes)


def _with_names_here(delta: Delta, replica: Replica, scope: str, let_go: Iterable[str]) -> Delta:
    """Return `delta` with what it lets go under the uids that this scope's claims have now."""
    removed = {held_as(replica, uid, scope) for uid in let_go}
    held = replica.of_scope(scope)
    # A claim that moves to or from its qualified uid leaves the other one.
    for uid in delta.reported:
        base = claimed_uid(uid)
        other = qualified(base, scope) if uid == base else base
        if replica.apart(base) or uid != base:
            removed |= {other} & held
    return replace(delta, removed=frozenset(removed))


def _renamed_moves(
    moved: Mapping[str, Mapping[str, tuple[str, Claim]]],
) -> dict[str, dict[str, tuple[str, Claim]]]:
    """Return the moves with what they name of each other under its new uid."""
    return {
        scope: {
            uid: (to, renamed(claim, {one: there for one, (there, _) in moves.items()}))
            for uid, (to, claim) in moves.items()
        }
        for scope, moves in moved.items()
    }


def _meets(replica: Replica, uid: str, scope: str) -> bool:
    held = replica.get(uid)
    is_shared = held is not None and any(one != scope for one in held.claims)
    return is_shared or bool(replica.apart(uid))


def _claims_on(replica: Replica, uid: str) -> Iterator[tuple[str, tuple[str, Claim]]]:
    """Yield each claim on `uid`, apart or not: its scope, where it is, and the claim."""
    for place in (uid, *sorted(replica.apart(uid))):
        held = replica.get(place)
        if held is not None and held.missing_since is None:
            for scope, claim in held.claims.items():
                yield scope, (place, claim)


def _are_one(replica: Replica, uid: str) -> AbstractSet[str]:
    """Return the scopes whose claims on a drive that can grow, sizes among them, are one so far."""
    held = replica.get(uid)
    if held is None or _CAN_GROW.isdisjoint(held.merged.classes):
        return frozenset()
    return {
        scope for scope, one in held.claims.items() if not one.attributes.keys().isdisjoint(_SIZES)
    }


def _contradiction(claims: Mapping[str, Claim], are_one: AbstractSet[str] = frozenset()) -> str:
    """Return what no single thing can be, in words; empty where all may be one."""
    counting = [
        scope
        for scope, one in sorted(claims.items(), key=itemgetter(0))
        if not (one.is_hearsay or one.is_stale)
    ]
    for scopes in combinations(counting, 2):
        one, other = (claims[scope] for scope in scopes)
        if not _BY_PLACE.isdisjoint({*one.classes, *other.classes}):
            continue
        for name in _NAMES if set(scopes) <= are_one else (*_SIZES, *_NAMES):
            this, that = one.attributes.get(name), other.attributes.get(name)
            if this is not None and that is not None and _differ(name, this, that):
                low, high = sorted((str(this), str(that)))
                return f"{name} {low} and {high}"
    return ""


def _differ(name: str, one: Value, other: Value) -> bool:
    if name in _NAMES:
        return canonical(name, str(one)) != canonical(name, str(other))
    if isinstance(one, str) or isinstance(other, str) or min(one, other) <= 0:
        return False
    return max(one, other) / min(one, other) > _MOST_APART


def _warning(claim: Claim, why: str, at: float) -> Alert:
    text = (
        f"{claim.label}: another thing is reported under the same identity ({why}), so the two are "
        "kept apart; one of them has a copied or wrong serial number"
    )
    return Alert(CONDITION, "warning", text, at)


def _warned(claim: Claim, alert: Alert) -> Claim:
    return replace(_unwarned(claim), alerts=(*_unwarned(claim).alerts, alert))


def _unwarned(claim: Claim) -> Claim:
    return replace(claim, alerts=tuple(one for one in claim.alerts if one.condition != CONDITION))


def without(resource: Resource, scopes: AbstractSet[str]) -> Resource | None:
    """Return `resource` without the claims of `scopes`, None where none is left."""
    claims = {scope: one for scope, one in resource.claims.items() if scope not in scopes}
    return replace(resource, claims=claims) if claims else None
