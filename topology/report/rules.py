"""Why a resource is not OK, in words."""

from __future__ import annotations

import re

from topology.report.names import counts, joined
from topology.view import View

_WORD = re.compile(r"[A-Za-z0-9._~-]+")  # the alphabet of uids
_EACH_ENDS_IT = " each end it now"


def rule_words(view: View, uid: str) -> str:
    """Return why a resource is not OK, with names where the rule has ids; "" where it is OK.

    More than four single points are counted by class.
    """
    because = view.judgement.because.get(uid)
    rule = because.rule if because else ""
    listed, is_list, _ = rule.partition(_EACH_ENDS_IT)
    points = listed.split(", ")
    new = view.single_points(uid).new
    unlisted = points.pop() if points[-1].endswith(" more") else ""
    if unlisted == f"{len(new) - len(points)} more":  # the engine names the first of them only
        points, unlisted = list(new), ""
    if is_list and view.resources.keys() >= set(points):
        few = [view.name(point) for point in view.sorted_by_name(points)]
        said = few if len(few) <= 4 else counts(view, points)
        return joined([*said, unlisted] if unlisted else said) + _EACH_ENDS_IT
    return _WORD.sub(
        lambda found: view.name(found[0]) if found[0] in view.resources else found[0], rule
    )
