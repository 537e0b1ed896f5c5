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

    An array of which the table of devices is cut short is left out: devices that are not listed
    would look like failed ones. Raises InvalidFile where there is no whole array.
    """
    parts = re.split(r"^(?=/dev/\S+:\s*$)", text, flags=re.MULTILINE)
    arrays: list[RaidArray] = []
    cut: list[str] = []
    for part in parts:
        if part.startswith("/dev/"):
            try:
                arrays.append(_array(part, where))
            except InvalidFile as error:
                cut.append(str(error))
    if not arrays:
        found = f"is not what mdadm --detail writes, found {text.strip()[:40]!r}"
        raise InvalidFile(cut[0] if cut else f"{where} {found}; {_REMEDY}.")
    return HostFacts(arrays=tuple(arrays), warnings=tuple(cut), is_partial=bool(cut))


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
    is_running = level == CONTAINER or _NOT_RUNNING.isdisjoint(array.get("state_list", []))
    # Neither a container nor an array that was not started has places, only devices.
    is_whole = (level == CONTAINER or not is_running) if size is None else len(places) >= size
    if not is_whole or not part.endswith("\n"):
        raise InvalidFile(
            f"{where} is cut short: it lists {len(places)} of {size or 'any number of'} devices "
            f"of {part.partition(':')[0]}; {_REMEDY}."
        )
    whole = {row["raid_device"] for row in rows if "sync" in (row.get("state") or [])}
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
            if row.get("device")
            and (state := "spare" if size is None else _state(row, whole)) is not None
        ),
        is_running=is_running,
        activity=progress[0][0] if progress else "",
        progress=progress[0][1] if progress else None,
    )


def _state(row: _Row, whole: Collection[object]) -> RaidState | None:
    """Return what a device is to its array; None for a journal, which holds no data.

    A device that is filled to replace one that still works (`whole` places) is a spare until then.
    """
    words = row.get("state") or []
    if "journal" in words:
        return None
    if "faulty" in words:
        return "faulty"
    if "rebuilding" in words:
        return "spare" if row.get("raid_device") in whole else "rebuilding"
    return "spare" if "spare" in words else "in_sync"
