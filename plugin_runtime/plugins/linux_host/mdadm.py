"""`mdadm --detail`, which tells of one software RAID more than /proc/mdstat does."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import jc

from plugin_runtime.plugins.linux_host.fact import RaidState
from plugin_runtime.plugins.linux_host.facts import (
    CONTAINER,
    HostFacts,
    RaidArray,
    RaidMember,
)
from topology.errors import InvalidFile

COMMAND = ("mdadm", "--detail")
_REMEDY = "capture it anew with 'mdadm --detail /dev/md0 > FILE'"
_NOT_RUNNING = frozenset({"inactive", "broken", "FAILED", "Not Started"})
_Row = Mapping[str, Any]


def read(text: str, where: str) -> HostFacts:
    """Return the arrays, one for each line such as "/dev/md0:" and what follows it.

    Raises InvalidFile where there is none, or where the table of an array's devices is cut short:
    devices that are not listed would look like failed ones.
    """
    parts = re.split(r"^(?=/dev/\S+:\s*$)", text, flags=re.MULTILINE)
    arrays = [_array(part, where) for part in parts if part.startswith("/dev/")]
    if not arrays:
        raise InvalidFile(
            f"{where} is not what mdadm --detail writes, found {text.strip()[:40]!r}; {_REMEDY}."
        )
    return HostFacts(arrays=tuple(arrays))


def _array(part: str, where: str) -> RaidArray:
    if "Magic :" in part:
        raise InvalidFile(
            f"{where} is what mdadm --examine writes of one member, which does not tell how its "
            f"array is; {_REMEDY}."
        )
    try:
        array = cast("_Row", jc.parse("mdadm", part, quiet=True))
    except (AttributeError, LookupError, ValueError):  # what jc raises of half a line
        array = {}
    rows = cast("Sequence[_Row]", array.get("device_table", []))
    size = array.get("raid_devices")
    places = {row["raid_device"] for row in rows if row.get("raid_device") is not None}
    level = str(array.get("raid_level", ""))
    is_whole = level == CONTAINER if size is None else len(places) >= size
    if not is_whole or not part.endswith("\n"):
        raise InvalidFile(
            f"{where} is cut short: it lists {len(places)} of {size or 'any number of'} devices "
            f"of {part.partition(':')[0]}; {_REMEDY}."
        )
    whole = {row["raid_device"] for row in rows if "sync" in (row.get("state") or [])}
    states = array.get("state_list", [])
    progress = [
        (activity, float(percent))
        for activity in ("rebuild", "resync", "reshape", "check")
        if (percent := array.get(f"{activity}_status_percent")) is not None
    ]
    return RaidArray(
        name=str(array["device"]).removeprefix("/dev/"),
        level=level,
        size=size,
        members=tuple(
            RaidMember(row["device"].removeprefix("/dev/"), state)
            for row in rows
            if row.get("device") and (state := _state(row, level, whole))
        ),
        is_running=level == CONTAINER or _NOT_RUNNING.isdisjoint(states),
        activity=progress[0][0] if progress else "",
        progress=progress[0][1] if progress else None,
    )


def _state(row: _Row, level: str, whole: Collection[object]) -> RaidState | None:
    """Return what a device is to its array; None for a journal, which holds no data.

    A device that is filled to replace one that still works (`whole` places) is a spare until then.
    """
    words = row.get("state") or []
    if level == CONTAINER:
        return "spare"
    if "journal" in words:
        return None
    if "faulty" in words:
        return "faulty"
    if "rebuilding" in words:
        return "spare" if row.get("raid_device") in whole else "rebuilding"
    return "spare" if "spare" in words else "in_sync"
