"""Why a resource is not OK, in words with names."""

from __future__ import annotations

from topology.impact.rules import Counted, EndedBy, Lost
from topology.live.view import View
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
        case EndedBy(points):
            return _ended_words(view, points)
        case Counted(total=1, lost=Lost(missing=0, out_of_sync=0)) if because.inputs:
            needed = because.inputs[0]
            return f"needs {view.name(needed)}, which {brief_state_words(view.state(needed))}"
        case rule:
            return str(rule)


def _ended_words(view: View, points: tuple[str, ...]) -> str:
    if len(points) == 1:
        return f"{view.name(points[0])} alone can end it now"
    if len(points) > _NAMED:
        return f"any one of {joined(counts(view, points))} can end it now"
    names = [view.name(point) for point in view.sorted_by_name(points)]
    return f"any one of {joined(names)} can end it now"
