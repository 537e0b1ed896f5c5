"""Why a resource is not OK, in words with names."""

from __future__ import annotations

from topology.impact.rules import EndedBy
from topology.report.names import counts, joined
from topology.view import View

_NAMED = 4
"""More single points than this are counted by class."""


def rule_words(view: View, uid: str) -> str:
    """Return why a resource is not OK; "" where it is OK."""
    because = view.judgement.because.get(uid)
    if because is None:
        return ""
    rule = because.rule
    if not isinstance(rule, EndedBy):
        return str(rule)
    if len(rule.points) > _NAMED:
        return f"{joined(counts(view, rule.points))} {rule.verb}"
    names = [view.name(point) for point in view.sorted_by_name(rule.points)]
    return f"{joined(names)} {rule.verb}"
