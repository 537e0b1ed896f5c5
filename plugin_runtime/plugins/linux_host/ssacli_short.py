"""`ssacli ctrl all show config` without `detail`, written out as with it.

One line for each array, volume and disk::

    Smart Array P440ar in Slot 0 (Embedded)   (sn: PDNLH0BRH8Y1AB)
       array A (SAS, Unused Space: 0 MB)
          logicaldrive 1 (279.4 GB, RAID 1, OK)
          physicaldrive 1I:1:1 (port 1I:box 1:bay 1, SAS HDD, 300 GB, OK)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ARRAY = re.compile(r"^ *array (?P<name>\S+) \(.*\) *$", re.MULTILINE | re.IGNORECASE)
_SERIAL = re.compile(r"(?P<card>\S.* in Slot \w+.*?) *\(sn: *(?P<serial>\w+)\) *")
_VOLUME = re.compile(
    r" *logicaldrive (?P<name>\S+) \([^,]*, (?:RAID )?(?P<level>[^,]+), (?P<status>.*)\) *"
)
_DISK = re.compile(
    r" *physicaldrive (?P<place>\S+) \((?P<port>[^,]*), [^,]*, [^,]*, (?P<status>[^,]*)"
    r"(?P<more>.*)\) *"
)
_UNASSIGNED = re.compile(r" *unassigned *", re.IGNORECASE)
_BAY = re.compile(r"bay (\d+)")


def in_detail(text: str) -> str:
    """Return the text as with `detail`; any other text as it is.

    The disks of an array end with an empty line: where the text ends before it, its last disk is
    left as it is, which tells that there may be more.
    """
    if not _ARRAY.search(text):
        return text
    lines = text.splitlines()
    disks = [number for number, line in enumerate(lines) if _DISK.fullmatch(line)]
    end = len(lines)
    if disks and lines[disks[-1] + 1 : disks[-1] + 2] != [""]:
        end = disks[-1]
    return "\n".join((*_written_out(lines[:end]), *lines[end:], ""))


def _written_out(lines: list[str]) -> Iterator[str]:
    kind = "Unassigned Drive"
    for line in lines:
        if array := _ARRAY.fullmatch(line):
            kind = "Data Drive"
            yield f"   Array: {array['name']}"
        elif _UNASSIGNED.fullmatch(line):
            kind = "Unassigned Drive"
            yield "   Unassigned"
        elif card := _SERIAL.fullmatch(line):
            yield card["card"]
            yield f"   Serial Number: {card['serial']}"
        elif volume := _VOLUME.fullmatch(line):
            yield f"      Logical Drive: {volume['name']}"
            yield f"         Fault Tolerance: {volume['level']}"
            yield f"         Status: {volume['status']}"
        elif disk := _DISK.fullmatch(line):
            bay = _BAY.search(disk["port"])
            yield f"      physicaldrive {disk['place']}"
            yield f"         Bay: {bay[1] if bay else ''}"
            yield f"         Status: {disk['status']}"
            yield f"         Drive Type: {'Spare Drive' if 'spare' in disk['more'] else kind}"
        elif "physicaldrive " in line:
            yield f"{line} (cut short)"  # listed, but not told of
        else:
            yield line
