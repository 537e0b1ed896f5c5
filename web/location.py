"""Where a part sits: its enclosure, slot and serial, and the map of that enclosure's slots."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from topology.live.view import SERIAL_ATTRIBUTES, View
from topology.model import Resource
from web.format import StateMark, mark_of

_MOST_CELLS = 400
"""A declared grid with more cells than this is not drawn."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One cell of an enclosure's map."""

    number: int
    uid: str = ""
    """Empty where nothing is reported in it."""
    name: str = ""
    mark: StateMark | None = None
    is_cause: bool = False
    is_peer: bool = False
    """It shares a redundancy group with the cause."""


@dataclass(frozen=True, slots=True)
class Location:
    """What a person at the rack needs; every text is empty where it is not known."""

    enclosure_uid: str = ""
    enclosure: str = ""
    rack: str = ""
    slot: str = ""
    serial: str = ""
    rows: tuple[tuple[Slot, ...], ...] = ()
    """The enclosure's slots as one stands before it; empty where its geometry is not known."""

    @property
    def has_peers(self) -> bool:
        """Some slot holds a peer of the cause."""
        return any(slot.is_peer for row in self.rows for slot in row)

    @property
    def is_known(self) -> bool:
        """There is anything to say."""
        return bool(self.enclosure or self.rack or self.slot or self.serial)


def location_of(view: View, uid: str) -> Location:
    """Return where the part is, as far as the plugins say. Cost: its enclosure's links."""
    resource = view.resources[uid]
    enclosure = _enclosure_of(view, resource)
    attributes = resource.merged.attributes
    holder = view.resources.get(enclosure)
    return Location(
        enclosure_uid=enclosure,
        enclosure=holder.name if holder else "",
        rack=str(
            attributes.get("rack", holder.merged.attributes.get("rack", "") if holder else "")
        ),
        slot=str(attributes.get("slot", "")),
        serial=next(
            (str(attributes[name]) for name in SERIAL_ATTRIBUTES if attributes.get(name)), ""
        ),
        rows=_slot_map(view, holder, uid) if holder else (),
    )


def _enclosure_of(view: View, resource: Resource) -> str:
    """Return the uid of the enclosure a part is, or sits in; "" where there is none."""
    if "Enclosure" in resource.merged.classes:
        return resource.uid
    inputs = (one.source for one in resource.inputs if one.source in view.resources)
    return next((uid for uid in inputs if "Enclosure" in view.resources[uid].merged.classes), "")


def slots_of(view: View, enclosure: Resource) -> Mapping[int, str]:
    """Return the uids of what sits in an enclosure, by slot number."""
    held = {}
    for uid in view.downstream.get(enclosure.uid, ()):
        number = view.resources[uid].merged.attributes.get("slot")
        if isinstance(number, int):
            held[number] = uid
    return held


def grid_of(enclosure: Resource, held: Collection[int]) -> tuple[range, ...]:
    """Return an enclosure's slot numbers by row, as one stands before it.

    Empty where its geometry is not known. `held` are the slots that something sits in.
    """
    rows, columns = (enclosure.merged.attributes.get(name) for name in ("rows", "columns"))
    if not (isinstance(rows, int) and isinstance(columns, int)):
        return ()
    if not 0 < rows * columns <= _MOST_CELLS:
        return ()
    # Shelves count their slots from 0 or from 1; only a slot 0 tells.
    first = 0 if 0 in held else 1
    return tuple(range(first + row * columns, first + (row + 1) * columns) for row in range(rows))


def _slot_map(view: View, enclosure: Resource, cause: str) -> tuple[tuple[Slot, ...], ...]:
    peers = _peers(view, cause)
    held = slots_of(view, enclosure)

    def slot(number: int) -> Slot:
        uid = held.get(number)
        if uid is None:
            return Slot(number)
        return Slot(
            number=number,
            uid=uid,
            name=view.name(uid),
            mark=mark_of(view.state(uid)),
            is_cause=uid == cause,
            is_peer=uid in peers,
        )

    return tuple(tuple(map(slot, row)) for row in grid_of(enclosure, held))


def _peers(view: View, uid: str) -> frozenset[str]:
    """Return what shares a redundancy group with the resource, itself left out."""
    return frozenset(
        member
        for user in view.downstream.get(uid, ())
        for group in view.layout.parts[user].groups
        if uid in group.members and group.size > 1
        for member in group.members
    ) - {uid}
