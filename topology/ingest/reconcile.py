"""What a delta means for the graph: a pure step from a replica and a delta to changes.

Here stand the rules of who says what: claims of several reporters on one resource, removal inside
the scope, members that vanish from a declared group and are kept as missing, joins by provided
identifiers, and no cycle of parents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

from topology.delta import Change, Changes, Delta
from topology.errors import DeltaRejected
from topology.graph.replica import Replica
from topology.ingest.collisions import claimed_uid, placed, without
from topology.ingest.correlate import joined_inputs
from topology.model import Alert, Claim, Input, LinkKind, Provision, Resource


def reconcile(replica: Replica, delta: Delta, *, at: float) -> Changes:
    """Return what `delta` changes in the graph that `replica` holds; no change where all is known.

    `at` is the time of the delta in epoch seconds. Raises DeltaRejected when PARENT_OF links would
    form a cycle. Cost: linear in the delta and the links of what it touches.
    """
    draft = _Draft(replica, at)
    scope = str(delta.scope)
    placing = placed(replica, delta, at=at)
    delta = placing.delta
    for other, moves in placing.moved.items():
        for uid, (to, claim) in moves.items():
            draft.move(uid, to, other, claim)
    for uid, other, claim in placing.rewritten(replica):
        draft.claim(uid, other, claim)
    for uid, claim in delta.reported.items():
        draft.claim(uid, scope, claim)
    claimed = {claimed_uid(uid) for uid in delta.reported}
    for uid in sorted(delta.removed - delta.reported.keys()):
        is_moved = claimed_uid(uid) in claimed or uid in claimed
        draft.let_go(uid, scope, is_final=delta.is_final or is_moved)
    draft.settle()
    changes = draft.changes()
    _refuse_parent_cycle(draft, changes)
    return Changes(base=replica.revision, at=at, changes=changes, classes=delta.classes)


class _Draft:
    """The graph as it will be: the replica, overlaid with what the delta touches."""

    def __init__(self, replica: Replica, at: float) -> None:
        self._replica = replica
        self._at = at
        self._touched: dict[str, Resource | None] = {}
        self._provided: dict[Provision, list[Resource]] = defaultdict(list)  # by the touched

    def get(self, uid: str) -> Resource | None:
        """Return the resource as it will be, None where there will be none."""
        return self._touched[uid] if uid in self._touched else self._replica.get(uid)

    def claim(self, uid: str, scope: str, claim: Claim) -> None:
        """Let `scope` say `claim` of the resource instead of what it said before."""
        held = self.get(uid)
        if held is None:
            self._touched[uid] = Resource(
                uid=uid,
                claims={scope: claim},
                alias=self._alias_on(uid),
                own_since=self._at,
                own_revision=self._replica.revision + 1,
            )
            return
        if scope in held.claims:
            if claim.alerts:
                begun = _keep_begin(held.claims[scope].alerts, claim.alerts)
                claim = replace(claim, alerts=begun)
            if held.missing_since is None and claim == held.claims[scope]:
                return  # nothing follows from what is known already
        others = held.claims if held.missing_since is None else {}
        self._touched[uid] = replace(held, claims={**others, scope: claim}, missing_since=None)

    def _alias_on(self, uid: str) -> str:
        """Return the alias of what is claimed under one identity, also where it splits or joins."""
        claimed = claimed_uid(uid)
        if claimed == uid and not self._replica.apart(uid):
            return ""
        known = (self._replica.get(one) for one in (claimed, *sorted(self._replica.apart(claimed))))
        return next((one.alias for one in known if one is not None and one.alias), "")

    def move(self, uid: str, to: str, scope: str, claim: Claim) -> None:
        """Let `claim`, which `scope` has on one uid, be on another."""
        held = self.get(uid)
        if held is not None:
            self._touched[uid] = without(held, {scope})
        self.claim(to, scope, claim)

    def let_go(self, uid: str, scope: str, *, is_final: bool) -> None:
        """Drop what `scope` says of the resource; with the last claim it is missing, or gone."""
        held = self.get(uid)
        if held is None or scope not in held.claims:
            return
        others = {name: claim for name, claim in held.claims.items() if name != scope}
        if others:
            self._touched[uid] = replace(held, claims=others)
        elif is_final:
            self._touched[uid] = None
        elif held.missing_since is None:
            self._touched[uid] = replace(held, missing_since=self._at)

    def settle(self) -> None:
        """Work out every link that follows, and forget the missing whom no group misses."""
        suffering = self._suffering()
        self._touched.update(suffering)
        for resource in suffering.values():
            for provision in resource.merged.provides:
                self._provided[provision].append(resource)
        before = {
            one.source
            for uid in suffering
            if (held := self._replica.get(uid)) is not None
            for one in held.inputs
        }
        for uid in suffering:
            self._touched[uid] = self._with_links(suffering[uid])
        missed = {source for one in self._touched.values() for source in _missed_by(one)}
        for uid in sorted(before | self._touched.keys()):
            if self._is_missing(uid) and not (uid in missed or self._is_missed_outside(uid)):
                self._touched[uid] = None
        gone = {uid for uid, resource in self._touched.items() if resource is None}
        users = {user for one in gone for user in self._replica.fed_by(one)}
        for uid in users | suffering.keys():
            user = self.get(uid)
            if user is not None:
                self._touched[uid] = without_sources(user, gone)

    def changes(self) -> tuple[Change, ...]:
        """Return what differs from the replica, in the order in which it was touched."""
        return tuple(
            Change(uid, before, after)
            for uid, resource in self._touched.items()
            if (after := self._dated(resource)) != (before := self._replica.get(uid))
        )

    def _suffering(self) -> dict[str, Resource]:
        """Return every resource whose incoming links may change, without what is gone."""
        found = set(self._touched)
        provisions: set[Provision] = set()
        for uid, resource in self._touched.items():
            found |= self._replica.fed_by(uid)
            for one in (self._replica.get(uid), resource):
                provisions.update(one.merged.provides if one is not None else ())
        for provision in provisions:
            found |= self._replica.subscribers(provision)
        return {uid: resource for uid in found if (resource := self.get(uid)) is not None}

    def _with_links(self, resource: Resource) -> Resource:
        held = self._replica.get(resource.uid)
        if held is not None and resource.missing_since is None:
            resource = self._carry_missing(resource, held)
        joined = joined_inputs(resource, self._providers)
        if joined != resource.joined:
            resource = replace(resource, joined=joined)
        most = held.most if held is not None else {}
        resource = self._without_replaced(resource, most)
        inputs = resource.inputs
        counts = {
            group.name: max(
                most.get(group.name, 0), sum(group.name in one.groups for one in inputs)
            )
            for group in resource.merged.groups
        }
        return resource if counts == resource.most else replace(resource, most=counts)

    def _carry_missing(self, resource: Resource, held: Resource) -> Resource:
        """Keep the links from members that are missing now, though their reporter is silent."""
        claims = dict(resource.claims)
        for scope, claim in resource.claims.items():
            said = {one.key for one in claim.inputs}
            carried = tuple(
                one
                for one in (held.claims[scope].inputs if scope in held.claims else ())
                if one.groups and one.key not in said and self._is_missing(one.source)
            )
            if carried:
                claims[scope] = replace(claim, inputs=claim.inputs + carried)
        return replace(resource, claims=claims)

    def _without_replaced(self, resource: Resource, most: Mapping[str, int]) -> Resource:
        """Drop missing members beyond what their groups lack; the longest missing go first."""
        missing = [one for one in resource.inputs if one.groups and self._is_missing(one.source)]
        if not missing:
            return resource
        missing.sort(key=lambda one: (-self._missing_since(one.source), one.source))
        kept: set[str] = set()
        for group in resource.merged.groups:
            members = [one for one in resource.inputs if group.name in one.groups]
            absent = [one for one in missing if group.name in one.groups]
            size = most.get(group.name, len(members)) if group.size is None else group.size
            room = size - (len(members) - len(absent))
            kept.update(one.source for one in absent[: max(room, 0)])
        return without_sources(resource, {one.source for one in missing} - kept)

    def _providers(self, provision: Provision) -> Iterable[Resource]:
        yield from self._provided.get(provision, ())
        # Not as a difference of sets: that walks all that is touched, for each provision again.
        for uid in self._replica.providers(provision):
            if uid not in self._touched:
                yield self._replica.resources[uid]

    def _is_missing(self, uid: str) -> bool:
        resource = self.get(uid)
        return resource is not None and resource.missing_since is not None

    def _missing_since(self, uid: str) -> float:
        resource = self.get(uid)
        return (resource.missing_since or 0.0) if resource is not None else 0.0

    def _is_missed_outside(self, uid: str) -> bool:
        """Some resource that the delta does not touch has it in a declared group."""
        return any(
            user not in self._touched and uid in _missed_by(self._replica.get(user))
            for user in self._replica.fed_by(uid)
        )

    def _dated(self, resource: Resource | None) -> Resource | None:
        if resource is None:
            return None
        held = self._replica.get(resource.uid)
        if held is None or held.own_state == resource.own_state:
            return resource  # what is new was dated when it was claimed
        return replace(resource, own_since=self._at, own_revision=self._replica.revision + 1)


def _missed_by(user: Resource | None) -> set[str]:
    """Return what a resource that is itself still reported has in its declared groups."""
    if user is None or user.missing_since is not None:
        return set()
    return {one.source for one in user.inputs if one.groups}


def without_sources(resource: Resource, sources: AbstractSet[str]) -> Resource:
    """Return `resource` without the links from `sources`."""
    if not any(one.source in sources for one in resource.inputs):
        return resource

    def left(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
        return tuple(one for one in inputs if one.source not in sources)

    return replace(
        resource,
        claims={
            scope: replace(claim, inputs=left(claim.inputs))
            for scope, claim in resource.claims.items()
        },
        joined=left(resource.joined),
    )


def _keep_begin(before: Iterable[Alert], now: Iterable[Alert]) -> tuple[Alert, ...]:
    """Return the alerts that hold now, each with the time at which it first did."""
    begun = {alert.condition: alert.since for alert in before}
    return tuple(replace(alert, since=begun.get(alert.condition, alert.since)) for alert in now)


def _refuse_parent_cycle(draft: _Draft, changes: tuple[Change, ...]) -> None:
    """Raise DeltaRejected where PARENT_OF links lead from a changed resource back to it."""
    if _is_in_order(changes):
        return
    parents: dict[str, set[str]] = {}
    waiting = [
        change.uid
        for change in changes
        if change.after is not None and _parents(change.after) - _parents(change.before)
    ]
    seen = set(waiting)
    while waiting:
        uid = waiting.pop()
        parents[uid] = _parents(draft.get(uid))
        waiting.extend(parents[uid] - seen)
        seen |= parents[uid]
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        names = [_name(draft, uid) for uid in error.args[1]]
        raise DeltaRejected(
            f"parents form a cycle: {' -> '.join(names)}; a resource must not be built "
            "from itself, so report one of these links as affects, or not at all"
        ) from None


def _is_in_order(changes: Iterable[Change]) -> bool:
    """Tell whether all parents of what changes change before it: a first scan, without a cycle."""
    before: set[str] = set()
    for change in changes:
        if change.after is not None and not before.issuperset(_parents(change.after)):
            return False
        before.add(change.uid)
    return True


def _parents(resource: Resource | None) -> set[str]:
    if resource is None:
        return set()
    return {one.source for one in resource.merged.inputs if one.kind is LinkKind.PARENT_OF}


def _name(draft: _Draft, uid: str) -> str:
    resource = draft.get(uid)
    return uid if resource is None else resource.name
