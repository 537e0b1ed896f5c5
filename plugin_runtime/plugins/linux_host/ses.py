"""Enclosures and what is in their bays (SCSI Enclosure Services), as TrueNAS writes them in JSON.

One enclosure may be told of several times, by each way to it and with other bays: it is one.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from plugin_runtime.plugins.linux_host.facts import HostFacts
from plugin_runtime.plugins.linux_host.hardware import Bay, Element, Shelf
from plugin_runtime.plugins.linux_host.written import Text, checked, json_in

_REMEDY = "capture it anew"
BAYS = "Array Device Slot"
_ABSENT = "Not installed"


def read(text: str, where: str) -> HostFacts:
    """Return the enclosures. Raises InvalidFile where the JSON is missing, cut short or strange."""
    found = json_in(text, where, _REMEDY)
    document = checked(_Document, found.document, where, "enclosure services", _REMEDY)
    shelves: dict[str, Shelf] = {}
    for one in document.ses:
        if one.is_ignored or not one.name:
            continue
        told = one.told()
        held = shelves.get(told.name)
        shelves[told.name] = _joined(held, told) if held else told
    return HostFacts(shelves=tuple(shelves.values()), warnings=found.warnings)


def _joined(one: Shelf, other: Shelf) -> Shelf:
    """Return what two ways to an enclosure tell of it."""
    bays = {bay.slot: bay for bay in (*other.bays, *one.bays)}
    elements = {(part.kind, part.name): part for part in (*other.elements, *one.elements)}
    return Shelf(
        one.name,
        one.vendor,
        one.model,
        tuple(dict.fromkeys((*one.conditions, *other.conditions))),
        tuple(bays[slot] for slot in sorted(bays)),
        tuple(elements.values()),
    )


class _Element(BaseModel):
    descriptor: Text = ""
    status: Text = ""
    dev: Text = ""


class _Enclosure(BaseModel):
    name: Text = Field("", alias="id")
    vendor: Text = ""
    product: Text = ""
    is_ignored: bool = Field(default=False, alias="should_ignore")
    status: list[Text] = []
    elements: dict[str, dict[int, _Element]] = {}

    def told(self) -> Shelf:
        bays = self.elements.get(BAYS, {})
        return Shelf(
            self.name,
            self.vendor,
            self.product,
            tuple(self.status),
            tuple(Bay(slot, one.status, one.dev) for slot, one in sorted(bays.items())),
            tuple(
                Element(kind, one.descriptor or str(number), one.status)
                for kind, parts in self.elements.items()
                if kind != BAYS
                for number, one in parts.items()
                if one.status != _ABSENT
            ),
        )


class _Document(BaseModel):
    ses: list[_Enclosure]
