"""Where the cards of an impact path stand and what is written on them, in pixels.

Everything is measured here, on the server: text that does not fit is cut and stays whole in the
card's title, so no name from a plugin can leave its card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from topology.live.view import View
from topology.report import own_words
from topology.state import OK
from web.format import StateMark, clipped, mark_of, text_width
from web.picture import Card, Edge, Picture
from web.site import Site

PAGE_WIDTH = 1318
"""What a page of 1400 pixels has room for; more columns are narrower, down to `_NARROWEST`."""
_NARROWEST = 138
_WIDEST = 208
_GAP, _FARTHEST = 30, 96
_ROW_GAP = 14
_HEIGHT = 48
_TOP = 34
_MARGIN = 6
_STACK = 4
"""How far the second sheet of a folded card sticks out."""
_TEXT_AT = 33
# Font sizes of the classes of the same names in style.css; a heading's letters are spaced.
_NAME_SIZE = 12.5
_NOTE_SIZE = 11.0
_LANE_SIZE = 11.6


@dataclass(frozen=True, slots=True)
class DrawnCard:
    """One card, ready for the template; x and y are its upper left corner."""

    x: int
    y: int
    mark: StateMark
    name: str
    note: str
    title: str
    """Everything, unclipped."""
    uid: str
    """What it links to, or which group it unfolds."""
    is_folded: bool
    css: str
    """How it is drawn: own, inherits, or beside."""


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """One curve from a card's right side to another's left."""

    d: str
    """SVG path commands."""
    css: str
    """The state that travels on it."""


@dataclass(frozen=True, slots=True)
class DrawnHeading:
    """What a column shows."""

    x: int
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """An impact path as one SVG picture."""

    width: int
    height: int
    card_width: int
    card_height: int
    headings: tuple[DrawnHeading, ...]
    edges: tuple[DrawnEdge, ...]
    """Quiet ones first, so that trouble lies on top."""
    cards: tuple[DrawnCard, ...]
    """Left to right, top to bottom: the order in which they are focused."""

    text_at: int = _TEXT_AT
    stack: int = _STACK


def drawing_of(site: Site, picture: Picture, *, width: int = PAGE_WIDTH) -> Drawing:
    """Return `picture` with every position and text worked out. Cost: cards and edges."""
    columns = picture.columns
    room = width - 2 * _MARGIN
    between = max(1, len(columns) - 1)
    card_width = (room - between * _GAP) // max(1, len(columns))
    card_width = min(_WIDEST, max(_NARROWEST, card_width))
    # Few columns spread over the page, as far as the eye still follows a line.
    gap = min(_FARTHEST, max(_GAP, (room - card_width * len(columns)) // between))
    step = card_width + gap
    corner = {
        card: (_MARGIN + column * step, _TOP + row * (_HEIGHT + _ROW_GAP))
        for column, cards in enumerate(columns)
        for row, card in enumerate(cards)
    }
    tallest = max(map(len, columns), default=1)
    return Drawing(
        width=2 * _MARGIN + step * (len(columns) - 1) + card_width,
        height=_TOP + tallest * (_HEIGHT + _ROW_GAP) - _ROW_GAP + _MARGIN + _STACK,
        card_width=card_width,
        card_height=_HEIGHT,
        headings=tuple(
            _heading(site, cards, x=_MARGIN + column * step, width=card_width)
            for column, cards in enumerate(columns)
        ),
        edges=tuple(_edge(one, corner, card_width) for one in picture.edges),
        cards=tuple(
            _card(site, card, *corner[card], width=card_width - _TEXT_AT - 6)
            for card in picture.cards
        ),
    )


def _heading(site: Site, cards: tuple[Card, ...], *, x: int, width: float) -> DrawnHeading:
    names = dict.fromkeys(
        site.class_label(site.known.resources[card.first])
        for card in cards
        if card.role != "beside"
    )
    return DrawnHeading(x, _heading_text([*names], width), " · ".join(names).upper())


def _heading_text(names: list[str], width: float) -> str:
    """Return as many whole names as fit, and how many more there are: "CONTROLLER +1"."""
    text = ""
    for number in range(len(names), 0, -1):
        more = f" +{len(names) - number}" if number < len(names) else ""
        text = " · ".join(names[:number]).upper() + more
        if text_width(text, size=_LANE_SIZE) <= width:
            break
    return clipped(text, width, size=_LANE_SIZE)


def _edge(edge: Edge, corner: Mapping[Card, tuple[int, int]], card_width: int) -> DrawnEdge:
    (x1, y1), (x2, y2) = corner[edge.source], corner[edge.target]
    x1 += card_width + (_STACK if edge.source.is_folded else 0)
    y1 += _HEIGHT // 2
    y2 += _HEIGHT // 2
    bend = max(18, min(60, abs(x2 - x1) // 2))
    d = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return DrawnEdge(d, mark_of(edge.state).css)


def _card(site: Site, card: Card, x: int, y: int, *, width: int) -> DrawnCard:
    view = site.known
    mark = mark_of(card.state)
    if card.is_folded:
        name = site.counted(view.resources[card.first], len(card.members))
        first, last = view.name(card.first), view.name(card.members[-1])
        note = _range_note(mark, first, last, width) if card.state != OK else mark.word
        title = f"{name}, {mark.word}: {first} … {last}. Unfold."
    else:
        name, note = view.name(card.first), _own_and_inherited(view, card.first)
        title = f"{site.class_label(view.resources[card.first])} {name}: {mark.word}. {note}."
    return DrawnCard(
        x=x,
        y=y,
        mark=mark,
        name=clipped(name, width, size=_NAME_SIZE),
        note=clipped(note, width, size=_NOTE_SIZE),
        title=title,
        uid=card.first,
        is_folded=card.is_folded,
        css=_css(view, card),
    )


def _range_note(mark: StateMark, first: str, last: str, width: float) -> str:
    """Say a crowd's state and, as far as there is room, from which to which it is."""
    for one in (f"{first} … {last}", " … ".join(_differing(first, last))):
        note = f"{mark.word} · {one}"
        if text_width(note, size=_NOTE_SIZE) <= width:
            return note
    return mark.word


def _differing(first: str, last: str) -> tuple[str, str]:
    """Return two names without the whole words they both begin with: pool0 and pool3."""
    start = 0
    for end, (one, other) in enumerate(zip(first, last, strict=False), start=1):
        if one != other:
            break
        if not one.isalnum():
            start = end
    return first[start:], last[start:]


def _own_and_inherited(view: View, uid: str) -> str:
    """Say a resource's own trouble, else what it inherits: "failed", "inherits Degraded"."""
    resource = view.resources[uid]
    if resource.own_state != OK:
        return own_words(resource)
    state = view.state(uid)
    return "OK" if state == OK else f"inherits {mark_of(state).word}"


def _css(view: View, card: Card) -> str:
    if view.resources[card.first].own_state != OK:
        return "own"
    return "beside" if card.state == OK else "inherits"
