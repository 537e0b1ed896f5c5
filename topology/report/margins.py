"""How far a resource is from its end, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from topology.impact import CutSets, Margin, Pick
from topology.live.view import View
from topology.report.names import joined, kind_of, listing, plural_of

_SHAPES = 4
"""So many kinds of cut sets are told apart in one sentence."""
_NAMED = 4
"""So many alternatives are named, more are counted."""


def margin_sentence(view: View, uid: str) -> str:
    """Return how many more failures a resource survives, and which end it; "" where it has ended.

    Cost the first time: that of its margin.
    """
    margin = view.margins.of(uid)
    if margin.number == 0:
        return ""
    name = view.name(uid)
    if margin.number == 1:
        ((pick,),) = margin.ways
        alone = [one for option in pick.options for one in option]
        if alone == [uid]:
            return f"{name} itself can end with 1 more failure, its own."
        any_of = "any of " if len(alone) > 1 else ""
        return f"1 more failure can end {name}: {any_of}{listing(view, alone)}."
    survived = f"{name} survives any {_failures(margin.at_least - 1)}"
    if margin.number is None:
        searched = "" if margin.at_least > 3 else "; sets of more are too many to try"
        return f"{survived}{searched}."
    return f"{survived}; {margin.number} can end it: {_ways(view, margin)}."


def _failures(count: int) -> str:
    return "1 more failure" if count == 1 else f"{count} more failures"


def _ways(view: View, margin: Margin) -> str:
    """Say which sets end it: of each kind the first, and how many more there are like it."""
    alike: defaultdict[tuple[tuple[int, str, str], ...], list[CutSets]] = defaultdict(list)
    for way in margin.ways:
        alike[tuple(sorted(_shape(view, pick) for pick in way))].append(way)
    said = []
    for _, ways in sorted(alike.items(), key=lambda one: (len(one[1]), one[0])):
        first = min(
            ways, key=lambda way: [view.name(uid) for pick in way for uid in pick.options[0]]
        )
        more = f" (and {len(ways) - 1:,} more like it)" if len(ways) > 1 else ""
        said.append(joined([*_words(view, first)]) + more)
    shown = said[:_SHAPES]
    if len(said) > _SHAPES or not margin.is_complete:
        shown.append("others")
    return "; or ".join(shown)


def _shape(view: View, pick: Pick) -> tuple[int, str, str]:
    """Return what makes a pick alike to another: how many, of which kind, and of what."""
    uid = _spokesman(view, pick, 0)
    of = kind_of(view.resources[pick.of]) if pick.of else ""
    return pick.count, kind_of(view.resources[uid]), of


def _words(view: View, way: CutSets) -> Iterator[str]:
    by_name = [pick for pick in way if not pick.of and len(pick.options) == 1]
    for pick in sorted(by_name, key=lambda one: view.name(one.options[0][0])):
        yield " or ".join(view.name(uid) for uid in view.sorted_by_name(pick.options[0]))
    for pick in way:
        if pick in by_name:
            continue
        chosen = [_spokesman(view, pick, index) for index in range(len(pick.options))]
        kinds = {kind_of(view.resources[uid]) for uid in chosen}
        number = len(chosen)
        counted = plural_of(kinds.pop(), number) if len(kinds) == 1 else f"{number:,} parts"
        if pick.of:
            yield f"any {pick.count} of {counted} of {view.name(pick.of)}"
        else:
            names = view.sorted_by_name(chosen)
            shown = ", ".join(view.name(uid) for uid in names[:_NAMED])
            rest = ", …" if number > _NAMED else ""
            yield f"any {pick.count} of {counted} ({shown}{rest})"


def _spokesman(view: View, pick: Pick, index: int) -> str:
    """Return which component of an option is named for it: an input of the group, where one is."""
    inputs = view.layout.parts[pick.of].groups if pick.of else ()
    members = {member for group in inputs for member in group.members}
    option = pick.options[index]
    return next((uid for uid in option if uid in members), option[0])
