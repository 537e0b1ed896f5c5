"""An administrator accepts that a missing member is gone for good: a pure step to changes."""

from __future__ import annotations

from dataclasses import replace

from topology.delta import Change, Changes
from topology.errors import UsageError
from topology.graph.replica import Replica
from topology.ingest.reconcile import without_sources
from topology.model import Resource


def acceptance_of(replica: Replica, uid: str, *, at: float) -> Changes:
    """Return the changes that forget the missing member `uid`; nothing where it is gone already.

    A group whose size is not declared has one member less from now on; one that declares its size
    goes on lacking a member. Raises UsageError for a resource that is still reported.
    """
    member = replica.get(uid)
    if member is None:
        return Changes(base=replica.revision, at=at)
    if member.missing_since is None:
        raise UsageError(
            f"{member.name} is not missing, it is reported by {', '.join(sorted(member.claims))}; "
            "only what is missing can be accepted as gone"
        )
    users = [replica.resources[user] for user in sorted(replica.fed_by(uid))]
    changes = [Change(user.uid, user, _left_by(user, uid)) for user in users]
    return Changes(
        base=replica.revision, at=at, changes=(*changes, Change(uid, member, after=None))
    )


def _left_by(user: Resource, uid: str) -> Resource:
    """Return `user` without its links from `uid`, and no longer expecting them."""
    groups = {name for one in user.inputs if one.source == uid for name in one.groups}
    most = {name: count - (name in groups) for name, count in user.most.items()}
    return replace(without_sources(user, {uid}), most=most)
