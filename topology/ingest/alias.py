"""An administrator gives a resource a name of the site's own: a pure step to changes.

It stays whatever plugins call the resource, as long as there is the resource.
"""

from __future__ import annotations

from dataclasses import replace

from topology.delta import Change, Changes
from topology.errors import UsageError
from topology.graph.replica import Replica

_LONGEST = 120


def alias_of(replica: Replica, uid: str, alias: str, *, at: float) -> Changes:
    """Return the changes that call `uid` by `alias` from now on; an empty one takes it back.

    Raises UsageError for what another resource is called by already: it would name neither.
    """
    resource, name = replica.get(uid), alias.strip()
    if resource is None or resource.alias == name:
        return Changes(base=replica.revision, at=at)
    if len(name) > _LONGEST:
        raise UsageError(
            f"an alias has at most {_LONGEST} characters, got {len(name)}; give a shorter one"
        )
    if unseen := next((one for one in name if not one.isprintable()), ""):
        raise UsageError(
            f"the alias {name!r} holds {unseen!a}, which nobody sees but which may turn round "
            "or break the line around it; give a name without it"
        )
    for other in replica.resources.values():
        if name and other.uid != uid and name in (other.uid, other.alias, other.merged.label):
            raise UsageError(
                f"{name!r} is what {other.class_name} {other.uid} is called already; "
                "give another name"
            )
    change = Change(uid, resource, replace(resource, alias=name))
    return Changes(base=replica.revision, at=at, changes=(change,))
