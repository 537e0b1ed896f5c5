"""Which claims are out of date, because nothing was heard from their scope for too long.

What a silent scope reported is kept, and is UNKNOWN until it is heard again: nobody knows how it is
now. A pure step from a replica to what it makes of resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from topology.delta import Change, Changes
from topology.graph.replica import Replica
from topology.model import Resource, Scope


def marked(replica: Replica, silent: Mapping[str, bool], *, at: float) -> dict[str, Resource]:
    """Return the resources that become stale or fresh, by uid.

    `silent` tells for each scope whether it is silent; others stay as they are. Own states that
    change date from `at`, epoch seconds. Cost: what the scopes claim, where their root's claim is
    not as it should be, else nothing.
    """
    drafts: dict[str, Resource] = {}
    for scope, is_stale in silent.items():
        root = replica.get(Scope.parse(scope).scannable)
        claim = root.claims.get(scope) if root is not None else None
        if claim is not None and claim.is_stale == is_stale:
            continue
        for uid in replica.of_scope(scope):
            held = drafts.get(uid) or replica.resources[uid]
            if held.claims[scope].is_stale != is_stale:
                claims = {**held.claims, scope: replace(held.claims[scope], is_stale=is_stale)}
                drafts[uid] = replace(held, claims=claims)
    revision = replica.revision + 1
    return {
        uid: one
        if one.own_state == replica.resources[uid].own_state
        else replace(one, own_since=at, own_revision=revision)
        for uid, one in drafts.items()
    }


def freshness_of(replica: Replica, silent: Mapping[str, bool], *, at: float) -> Changes:
    """Return `marked` as changes, in the order of uids."""
    changed = marked(replica, silent, at=at)
    changes = [Change(uid, replica.get(uid), changed[uid]) for uid in sorted(changed)]
    return Changes(base=replica.revision, at=at, changes=tuple(changes))
