"""Why a resource is not OK, in words with names."""

from __future__ import annotations

from topology.impact.rules import Counted, EndedBy, Lost, OwnState
from topology.live.view import View
from topology.model import Resource, Scope
from topology.moment import minute_text
from topology.report.names import counts, joined
from topology.report.sentences import brief_state_words

_NAMED = 4
"""More single points than this are counted by class."""


def rule_words(view: View, uid: str) -> str:
    """Return why a resource is not OK; "" where it is OK."""
    because = view.judgement.because.get(uid)
    if because is None:
        return ""
    match because.rule:
        case OwnState(word) if word == view.resources[uid].own_state.word:
            return _unreported_words(view, view.resources[uid]) or str(because.rule)
        case EndedBy(points):
            return _ended_words(view, points)
        case Counted(total=1, lost=Lost(missing=0, out_of_sync=0)) if because.inputs:
            needed = because.inputs[0]
            return f"needs {view.name(needed)}, which {brief_state_words(view.state(needed))}"
        case rule:
            return str(rule)


def _unreported_words(view: View, resource: Resource) -> str:
    """Return since when nobody reports a resource, and who did; "" where somebody does."""
    if resource.missing_since is not None:
        return f"missing from the report since {minute_text(resource.missing_since)}"
    if not resource.merged.is_stale:
        return ""
    heard_at = view.heard_at
    scope = max(resource.claims, key=lambda one: (heard_at.get(one, 0.0), one))
    source = Scope.parse(scope).scannable
    name = view.name(source) if source in view.resources else source
    since = f"since {minute_text(heard_at[scope])}" if scope in heard_at else "for a while"
    return f"{name} has not been heard of {since}"


def _ended_words(view: View, points: tuple[str, ...]) -> str:
    if len(points) == 1:
        return f"{view.name(points[0])} alone can end it now"
    if len(points) > _NAMED:
        return f"any one of {joined(counts(view, points))} can end it now"
    names = [view.name(point) for point in view.sorted_by_name(points)]
    return f"any one of {joined(names)} can end it now"
