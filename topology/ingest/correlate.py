"""Provided identifiers: their canonical form, and which resources they join.

A value that one resource provides and another subscribes to makes a PROVIDES link between them,
whichever arrives first and whatever plugin or host reports it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

from topology.gates import Group
from topology.model import Input, LinkKind, Provision, Resource

ADDRESS = "host_address"
"""The key that joins a host to the virtual machine of its address; Hostname makes it canonical."""
_SEPARATORS = re.compile(r"[:\-\s]")
_BLANKS = re.compile(r"[\s_]+")
_HEX = re.compile(r"[0-9a-f]+")
_NAA_SIZES = (16, 32)
"""Hex digits of an NAA identifier (SPC-4, 7.8.6.6): 64 or 128 bits."""
_DEFAULTS = frozenset(
    {
        "0123456789",
        "1234567890",
        "123456789",
        "default string",
        "n/a",
        "na",
        "none",
        "not available",
        "not specified",
        "null",
        "system serial number",
        "to be filled by o.e.m.",
        "unknown",
    }
)
"""What vendors leave in a serial number that nobody set."""


def canonical(key: str, text: str) -> str | None:
    """Return the form in which values of `key` are compared, None for one that never joins.

    Case is ignored. What is made of hex digits alone loses ``0x``, ``naa.``, colons and hyphens,
    and the leading 3 by which udev marks an NAA identifier (33 or 17 digits). Other namespaces (T10
    names, NQN, EUI) keep their prefix, so they never meet an NAA identifier of the same digits.
    The values of `ADDRESS` are addresses, of which nothing but the case is ignored.
    Empty values, repeated zeros and vendors' defaults never join.
    """
    plain = text.strip().casefold()
    if not key or plain in _DEFAULTS:
        return None
    if key == ADDRESS:
        return plain or None
    digits = _SEPARATORS.sub("", plain.removeprefix("naa.").removeprefix("0x"))
    if not _HEX.fullmatch(digits):
        return _BLANKS.sub("_", plain).strip("_") or None
    if digits.startswith("3") and len(digits) - 1 in _NAA_SIZES:
        digits = digits[1:]
    return digits if digits.strip("0") and digits.strip("f") else None


def groups_for(groups: Iterable[Group], labels: Collection[str]) -> tuple[str, ...]:
    """Return the names of the groups that an input with these labels belongs to, in order."""
    return tuple(group.name for group in groups if not set(group.of).isdisjoint(labels))


def joined_inputs(
    subscriber: Resource,
    providers: Callable[[Provision], Iterable[Resource]],
) -> tuple[Input, ...]:
    """Return the PROVIDES links into `subscriber`; nothing is joined to itself."""
    return tuple(
        Input(
            source=provider.uid,
            kind=LinkKind.PROVIDES,
            groups=groups_for(subscriber.merged.groups, provider.merged.classes),
            via=str(provision),
        )
        for provision in subscriber.merged.subscribes
        for provider in providers(provision)
        if provider.uid != subscriber.uid
    )
