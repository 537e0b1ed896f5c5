"""States and single points of failure in sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from topology.live.view import View
from topology.model import Resource
from topology.report.names import listing
from topology.state import OK, Interval, State, worst_first

_CAUSE_WORDS = {
    State.FAILED: "failed",
    State.PARTIAL: "is partly down",
    State.CRITICAL: "is about to fail",
    State.DEGRADED: "is degraded",
}
_SERVICE_WORDS = {
    State.OK: "OK",
    State.DEGRADED: "degraded",
    State.CRITICAL: "critical",
    State.PARTIAL: "partly down",
    State.FAILED: "down",
}
_EXPLAINED = {
    State.DEGRADED: ", not down",
    State.CRITICAL: ": it works, but one more failure can end it",
}


def service_sentence(view: View, uid: str) -> str:
    """Return the state of one resource in words: "scratch is degraded, not down."."""
    return f"{view.name(uid)} {state_words(view.state(uid))}."


def state_words(state: Interval) -> str:
    """Return a published state as the end of a sentence; an unknown names its two ends."""
    if state.is_known:
        return f"is {_SERVICE_WORDS[state.low]}{_EXPLAINED.get(state.low, '')}"
    return (
        f"is unknown: at best {state.low.name}, at worst {state.high.name}, "
        "until its silent parts report again"
    )


def brief_state_words(state: Interval) -> str:
    """Return a published state as the end of a half sentence: "is degraded"."""
    return f"is {_SERVICE_WORDS[state.low] if state.is_known else 'unknown'}"


def share_sentence(view: View, uid: str, cause: str, alone: Interval) -> str:
    """Return the state of a resource in words, and what `cause` would leave it in `alone`."""
    now = service_sentence(view, uid)
    if alone == view.state(uid):
        return now
    word = _SERVICE_WORDS[alone.low] if alone.is_known else "unknown"
    return f"{now.removesuffix('.')}; {view.name(cause)} alone would leave it {word}."


def own_words(resource: Resource) -> str:
    """Return what is wrong with a resource itself as the end of a sentence."""
    if resource.missing_since is not None:
        return "is missing"
    if resource.merged.is_stale:
        return "has not been heard of for a while (stale)"
    if not resource.own_state.is_known:
        return "does not report its state"
    return _CAUSE_WORDS.get(resource.own_state.low, "is OK")


def weak_words(view: View, uid: str) -> str:
    """Return what is amiss with a resource of which nothing itself is wrong; "" where nothing is.

    A member that is not in sync counts as failed whatever its state, and a group that was never
    whole has failed inputs that nobody reports.
    """
    parts = view.layout.parts
    if view.resources[uid].own_state != OK:
        return ""
    owners = [one for one in view.downstream.get(uid, ()) if parts[one].is_behind(uid)]
    if owners:
        return f"is not in sync with {listing(view, owners)}"
    lacking = sum(group.missing for group in parts[uid].groups)
    of_all = sum(group.size for group in parts[uid].groups)
    return f"lacks {lacking} of the {of_all} inputs it should have" if lacking else ""


def trouble_words(view: View, uid: str) -> str:
    """Return what is wrong or amiss with a resource itself as the end of a sentence."""
    return weak_words(view, uid) or own_words(view.resources[uid])


def single_points_sentence(view: View, uid: str, points: Collection[str] | None = None) -> str:
    """Return which parts a failure has made into single points of failure, "" where none.

    `points` are some of those, where not all are to be named.
    """
    new = view.single_points(uid).new if points is None else points
    if not new:
        return ""
    verb = "has" if len(new) == 1 else "have"
    noun = "a single point" if len(new) == 1 else "single points"
    return f"{listing(view, new)} {verb} become {noun} of failure of {view.name(uid)}."


def sole_causes_sentence(view: View, uid: str, soles: Mapping[str, bool | None]) -> str:
    """Return which repairs alone improve a resource; "" where that is not known.

    `soles` tells of each of its root causes whether it is sole.
    """
    sole = [cause for cause, is_sole in soles.items() if is_sole]
    if None in soles.values():
        return ""
    if not sole:
        return f"No single repair improves {view.name(uid)}; it takes several of them."
    if len(sole) == 1:
        return f"Repairing {view.name(sole[0])} alone improves {view.name(uid)}."
    return f"Repairing any one of {listing(view, sole)} improves {view.name(uid)}."


def worst(view: View, uids: Iterable[str]) -> Interval:
    """Return the worst published state among `uids`, OK where there are none."""
    return min((view.state(uid) for uid in uids), key=worst_first, default=OK)
