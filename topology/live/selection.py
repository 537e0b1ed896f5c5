"""Which resources a person asks for: by class, by state word, by text in name, uid or serial."""

from __future__ import annotations

from topology.live.view import SERIAL_ATTRIBUTES, View
from topology.model import Resource


def selection_of(view: View, *, class_name: str = "", state: str = "", text: str = "") -> list[str]:
    """Return the uids that meet every condition given, in no order.

    `class_name` is a label, so bases count; `state` one of the six words; `text` is looked for in
    name, label, uid and serials without regard to case. Cost: all resources.
    """
    wanted = text.casefold()
    among = list(view.of_class.get(class_name, ()) if class_name else view.resources)
    if state:
        among = [uid for uid in among if view.state(uid).word == state]
    if not wanted:
        return among
    return [uid for uid in among if _is_called(view.resources[uid], wanted)]


def _is_called(resource: Resource, wanted: str) -> bool:
    claim = resource.merged
    if wanted in claim.label.casefold() or wanted in resource.uid.casefold():
        return True
    if resource.name != claim.label and wanted in resource.name.casefold():
        return True
    return any(
        wanted in str(claim.attributes[name]).casefold()
        for name in SERIAL_ATTRIBUTES
        if name in claim.attributes
    )
