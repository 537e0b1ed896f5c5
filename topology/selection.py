"""Which resources a person asks for: by class, by state word, by text in name, uid or serial."""

from __future__ import annotations

from topology.model import Resource
from topology.view import SERIAL_ATTRIBUTES, View


def selection_of(view: View, *, class_name: str = "", state: str = "", text: str = "") -> list[str]:
    """Return the uids that meet every condition given, in no order.

    `class_name` is a label, so bases count; `state` one of the six words; `text` is looked for in
    alias, label, uid and serials without regard to case. Cost: all resources.
    """
    wanted = text.casefold()
    return [
        uid
        for uid, one in view.resources.items()
        if (not class_name or class_name in one.merged.classes)
        and (not state or view.state(uid).word == state)
        and (not wanted or any(wanted in said.casefold() for said in _names(one)))
    ]


def _names(resource: Resource) -> list[str]:
    attributes = resource.merged.attributes
    serials = (str(attributes.get(name, "")) for name in SERIAL_ATTRIBUTES)
    return [resource.alias, resource.merged.label, resource.uid, *serials]
