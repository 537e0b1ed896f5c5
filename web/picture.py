"""Which cards an impact path shows: one for each resource that matters, one for each crowd.

Every affected resource is on a card of its own or counted on a folded one; none is dropped. What is
healthy beside them is folded by class, so that one failed disk of a large site is ten cards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from topology.state import Interval, State
from topology.view import View, natural, severity

ALIKE = 3
"""More alike resources than this fold into one card."""
BUDGET = 35
"""Above this many cards, columns fold by class and state alone, the fullest first."""
PAGE = 50
"""How many cards an unfolded group shows at once."""
_STEPS_IN_A_LANE = 16
"""Columns that links within one lane may spread it over."""
_PASSES = 12
"""How often ranks are raised along links; ends cycles."""


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One card: a resource, or several alike. Each is itself alone, which keeps edges quick."""

    members: tuple[str, ...]
    """Uids, by name."""
    state: Interval
    """Published, of every member."""
    is_cause: bool = False
    is_affected: bool = False
    """False for the cause and for what merely stands beside the path."""

    @property
    def is_folded(self) -> bool:
        """It stands for several resources."""
        return len(self.members) > 1

    @property
    def first(self) -> str:
        """The uid by which `open` unfolds it."""
        return self.members[0]


@dataclass(frozen=True, slots=True)
class Edge:
    """Trouble, or its absence, from one card to another."""

    source: Card
    target: Card
    state: Interval
    """The worst that the target sees of the source."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The impact path of one cause, before it is drawn."""

    columns: tuple[tuple[Card, ...], ...]
    """Left to right as trouble travels; in each the path first, then worst first, then by name."""
    edges: tuple[Edge, ...]

    @property
    def cards(self) -> tuple[Card, ...]:
        """Every card, in reading order."""
        return tuple(card for column in self.columns for card in column)


def picture_of(
    view: View, cause: str, affected: Sequence[str], *, unfolded: Collection[str] = ()
) -> Picture:
    """Return the cards and edges that show how `cause` reaches `affected`.

    `unfolded` names groups by any uid in them: the page of `PAGE` members that holds it is shown
    card by card. Cost: the links into `affected`.
    """
    path = {cause, *affected}
    links = [
        (one.source, uid)
        for uid in affected
        for one in view.resources[uid].inputs
        if one.source in view.resources
    ]
    shown = path | {source for source, _ in links}
    columns = _columns(view, shown, links)
    users: dict[str, set[str]] = defaultdict(set)
    for source, uid in links:
        users[source].add(uid)
    folding = _Folding(view, cause, path, users)
    folded = [folding.fold(column, by_next_hop=True) for column in columns]
    _keep_budget(folded, columns, folding)
    drawn = [
        [shown_card for card in column for shown_card in _unfold(card, unfolded)]
        for column in folded
    ]
    for column in drawn:
        column.sort(key=lambda card: _place(view, card))
    return Picture(
        columns=tuple(map(tuple, drawn)),
        edges=_edges(view, [card for column in drawn for card in column], links),
    )


@dataclass(frozen=True, slots=True)
class _Folding:
    view: View
    cause: str
    path: Collection[str]
    users: Mapping[str, set[str]]
    """What each shown resource is an input of, on the path."""

    def fold(self, column: Iterable[str], *, by_next_hop: bool) -> list[Card]:
        """Return the cards of one column."""
        groups: dict[Hashable, list[str]] = defaultdict(list)
        for uid in column:
            resource = self.view.resources[uid]
            if uid == self.cause:
                groups[uid].append(uid)
            else:
                hop = frozenset(self.users.get(uid, ())) if by_next_hop else frozenset()
                key = (resource.class_name, self.view.state(uid), uid in self.path)
                groups[(*key, hop if uid in self.path else frozenset())].append(uid)
        return [card for members in groups.values() for card in self._cards(members)]

    def _cards(self, members: list[str]) -> Iterable[Card]:
        is_affected = members[0] in self.path and members[0] != self.cause
        most = ALIKE if is_affected else 1
        by_name = self.view.sorted_by_name(members)
        for together in (by_name,) if len(by_name) > most else ((uid,) for uid in by_name):
            yield Card(
                members=together,
                state=self.view.state(together[0]),
                is_cause=together[0] == self.cause,
                is_affected=is_affected,
            )


def _columns(
    view: View, shown: Collection[str], links: Collection[tuple[str, str]]
) -> list[list[str]]:
    """Lay resources into columns by lane; links within a lane spread it over several."""
    rank = {uid: view.lane(uid) * _STEPS_IN_A_LANE for uid in shown}
    for _ in range(_PASSES):
        is_settled = True
        for source, uid in links:
            if view.lane(source) == view.lane(uid) and rank[uid] <= rank[source]:
                rank[uid] = rank[source] + 1
                is_settled = False
        if is_settled:
            break
    columns: dict[int, list[str]] = defaultdict(list)
    for uid in shown:
        columns[rank[uid]].append(uid)
    return [columns[one] for one in sorted(columns)]


def _keep_budget(folded: list[list[Card]], columns: list[list[str]], folding: _Folding) -> None:
    """Fold the fullest columns harder until the picture is small enough or nothing is left."""
    for index in sorted(range(len(folded)), key=lambda one: -len(folded[one])):
        if sum(map(len, folded)) <= BUDGET:
            return
        folded[index] = folding.fold(columns[index], by_next_hop=False)


def _unfold(card: Card, unfolded: Collection[str]) -> Iterable[Card]:
    """Return the card, or a page of its members with the rest folded on one more card."""
    wanted = [index for index, uid in enumerate(card.members) if uid in unfolded]
    if not card.is_folded or not wanted:
        return [card]
    start = wanted[0] // PAGE * PAGE
    page = card.members[start : start + PAGE]
    # The rest begins with the next page, so that opening it goes on from here.
    rest = card.members[start + PAGE :] + card.members[:start]
    groups = [(uid,) for uid in page] + ([rest] if rest else [])
    return [Card(members, card.state, is_affected=card.is_affected) for members in groups]


def _place(view: View, card: Card) -> tuple[object, ...]:
    stands_beside = not (card.is_cause or card.is_affected)
    return (stands_beside, severity(card.state), card.is_folded, natural(view.name(card.first)))


def _edges(view: View, cards: Iterable[Card], links: Iterable[tuple[str, str]]) -> tuple[Edge, ...]:
    card_of = {uid: card for card in cards for uid in card.members}
    worst: dict[tuple[Card, Card], Interval] = {}
    for source, uid in links:
        ends = (card_of[source], card_of[uid])
        if ends[0] != ends[1]:
            seen_as = view.layout.parts[uid].map_of(source)
            state = view.state(source)
            seen = Interval(seen_as(state.low), seen_as(state.high))
            worst[ends] = max(worst.get(ends, seen), seen, key=_badness)
    found = [Edge(source, target, state) for (source, target), state in worst.items()]
    return tuple(sorted(found, key=lambda edge: _badness(edge.state)))


def _badness(state: Interval) -> tuple[State, State]:
    return (state.high, state.low)
