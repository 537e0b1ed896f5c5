"""Which cards an impact path shows: one for each resource that matters, one for each crowd.

Every affected resource is on a card of its own or counted on a folded one; none is dropped. What is
healthy beside them is folded by class, so that one failed disk of a large site is ten cards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from topology.live.view import View, natural
from topology.state import Interval, worst_first

ALIKE = 3
"""More alike resources than this fold into one card."""
CROWDED = 5
"""A column of the path with more cards than this folds by class and state alone."""
PAGE = 50
"""How many cards an unfolded group shows at once."""
_STEPS_IN_A_LANE = 16
"""Columns that links within one lane may spread it over."""
_PASSES = 12
"""How often ranks are raised along links; ends cycles."""
_NO_HOPS: Mapping[str, Hashable] = {}


Role = Literal["cause", "affected", "beside"]
"""What a card shows: the cause, what it hits, or what merely stands beside the path."""


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One card: a resource, or several alike. Each is itself alone, which keeps edges quick."""

    members: tuple[str, ...]
    """Uids, by name."""
    state: Interval
    """Published, of every member."""
    role: Role

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
    links = [
        (one.source, uid)
        for uid in affected
        for one in view.resources[uid].inputs
        if one.source in view.resources
    ]
    return _picture(view, cause, affected, links, unfolded)


def picture_among(
    view: View, root: str, others: Collection[str], *, unfolded: Collection[str] = ()
) -> Picture:
    """Return the cards and edges of `root` and `others`, whatever their states.

    Only links among them are drawn. Cost: the links into them.
    """
    members = {root, *others}
    links = [
        (one.source, uid)
        for uid in (root, *others)
        for one in view.resources[uid].inputs
        if one.source in members
    ]
    return _picture(view, root, others, links, unfolded)


def _picture(
    view: View,
    cause: str,
    affected: Collection[str],
    links: Sequence[tuple[str, str]],
    unfolded: Collection[str],
) -> Picture:
    path = [cause, *affected]
    columns = _columns(view, path, links)
    users: dict[str, list[str]] = defaultdict(list)
    for source, uid in links:
        users[source].append(uid)
    beside = _beside(columns, {source for source, _ in links}.difference(path), users)
    folded = _folded(view, cause, columns, users)
    drawn = [
        [
            one
            for card in (*cards, *_alike(view, beside[index], "beside"))
            for one in _unfold(card, unfolded)
        ]
        for index, cards in enumerate(folded)
    ]
    for cards in drawn:
        cards.sort(key=lambda card: _place(view, card))
    return Picture(
        columns=tuple(map(tuple, drawn)),
        edges=_edges(view, [card for cards in drawn for card in cards], links),
    )


def _columns(
    view: View, path: Collection[str], links: Collection[tuple[str, str]]
) -> list[list[str]]:
    """Lay the path into columns by lane; links within a lane spread it over several."""
    rank = {uid: view.lane(uid) * _STEPS_IN_A_LANE for uid in path}
    for _ in range(_PASSES):
        is_settled = True
        for source, uid in links:
            is_within = source in rank and view.lane(source) == view.lane(uid)
            if is_within and rank[uid] <= rank[source]:
                rank[uid] = rank[source] + 1
                is_settled = False
        if is_settled:
            break
    columns: dict[int, list[str]] = defaultdict(list)
    for uid, column in rank.items():
        columns[column].append(uid)
    return [columns[column] for column in sorted(columns)]


def _beside(
    columns: Sequence[Collection[str]], sources: Iterable[str], users: Mapping[str, Sequence[str]]
) -> Mapping[int, list[str]]:
    """Put what stands beside the path into the column before the first that it feeds."""
    column_of = {uid: index for index, column in enumerate(columns) for uid in column}
    beside: dict[int, list[str]] = defaultdict(list)
    for source in sources:
        beside[max(0, min(column_of[uid] for uid in users[source]) - 1)].append(source)
    return beside


def _folded(
    view: View, cause: str, columns: Sequence[Collection[str]], users: Mapping[str, Sequence[str]]
) -> list[list[Card]]:
    """Fold the path from right to left, so that crowds that lead to one crowd fold too."""
    folded: list[list[Card]] = []
    card_of: dict[str, Card] = {}
    for column in reversed(columns):
        affected = [uid for uid in column if uid != cause]
        hops = {
            uid: frozenset(card_of[user] for user in users.get(uid, ()) if user in card_of)
            for uid in affected
        }
        cards = _alike(view, affected, "affected", hops)
        if len(cards) > CROWDED:
            cards = _alike(view, affected, "affected")
        if len(affected) < len(column):
            cards.append(Card((cause,), view.state(cause), "cause"))
        card_of |= {uid: card for card in cards for uid in card.members}
        folded.insert(0, cards)
    return folded


def _alike(
    view: View, uids: Iterable[str], role: Role, hops: Mapping[str, Hashable] = _NO_HOPS
) -> list[Card]:
    """Return cards for `uids`, folding those of one class, states and next hop.

    Few that are affected alike stay apart: their names matter more than the room.
    """
    groups: dict[Hashable, list[str]] = defaultdict(list)
    for uid in uids:
        resource = view.resources[uid]
        key = (resource.class_name, view.state(uid), resource.own_state, hops.get(uid))
        groups[key].append(uid)
    most = ALIKE if role == "affected" else 1
    cards = []
    for alike in groups.values():
        by_name = view.sorted_by_name(alike)
        together = [by_name] if len(by_name) > most else [(uid,) for uid in by_name]
        cards += [Card(members, view.state(members[0]), role) for members in together]
    return cards


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
    return [Card(members, card.state, card.role) for members in groups]


def _place(view: View, card: Card) -> tuple[object, ...]:
    """Return a sort key: the cause, the path, then the rest; worst first, then by name."""
    rank = ("cause", "affected", "beside").index(card.role)
    return (
        rank,
        worst_first(card.state),
        card.is_folded,
        natural(view.name(card.first)),
        card.first,
    )


def _edges(view: View, cards: Iterable[Card], links: Iterable[tuple[str, str]]) -> tuple[Edge, ...]:
    card_of = {uid: card for card in cards for uid in card.members}
    worst: dict[tuple[Card, Card], Interval] = {}
    for source, uid in links:
        ends = (card_of[source], card_of[uid])
        if ends[0] != ends[1]:
            seen_as = view.layout.parts[uid].map_of(source)
            state = view.state(source)
            seen = Interval(seen_as(state.low), seen_as(state.high))
            worst[ends] = min(worst.get(ends, seen), seen, key=worst_first)
    found = [Edge(source, target, state) for (source, target), state in worst.items()]
    return tuple(sorted(found, key=lambda edge: worst_first(edge.state), reverse=True))
