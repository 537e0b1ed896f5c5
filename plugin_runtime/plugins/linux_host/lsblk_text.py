"""What lsblk writes for people, and its NAME="value" pairs, as the rows that its JSON has.

Versions before 2.27, as of RHEL 7, know no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from topology.errors import InvalidFile

SIGNATURE = r"^NAME +MAJ:MIN +RM +SIZE +RO +TYPE +MOUNTPOINTS?\s*$|^(?:\w+=\"[^\"]*\" )*NAME=\""
_HEADER = re.compile(r"^NAME +MAJ:MIN +RM +SIZE +RO +TYPE +MOUNTPOINTS?\s*$", re.MULTILINE)
_ROW = re.compile(
    r"(?P<tree>[ |`├└│─-]*)(?P<name>\S+)(?: \((?P<kname>dm-\d+)\))? +(?P<number>\d+:\d+) +"
    r"(?P<rm>[01]) +(?P<size>\S+) +(?P<ro>[01]) +(?P<type>\S+)(?: +(?P<mountpoint>\S.*?))?\s*"
)
_PLACE = re.compile(r"[ |│]*(?P<mountpoint>/\S*|\[SWAP\])\s*")
"""What stands below a device that is mounted at several places."""
_MORE_FOLLOWS = re.compile(r"[|├│]")
_PAIR = re.compile(r"([\w:%-]+)=\"([^\"]*)\"")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
Row = dict[str, Any]


def rows_in(text: str, where: str, remedy: str) -> list[Row] | None:
    """Return the rows of a text, as the JSON of lsblk has them; None for one that is JSON.

    Raises InvalidFile, saying `where`, for a text that is cut short or has a line that is no
    device: half a list would say that the others were pulled.
    """
    if header := _HEADER.search(text):
        return _tree(text[header.end() :], where, remedy)
    rows = [dict(_pairs(line)) for line in text.splitlines() if "NAME=" in line]
    if not rows:
        return None
    if any(not row.get("name") or "type" not in row or "pkname" not in row for row in rows):
        raise InvalidFile(
            f"{where} is cut short, or lacks a column that tells what is built on what; {remedy}."
        )
    return rows


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    for name, value in _PAIR.findall(line):
        if value:
            key = name.lower().replace("maj_min", "maj:min")
            yield key, _ESCAPED.sub(lambda code: chr(int(code[1], 16)), value)
        elif name in ("PKNAME", "TYPE"):
            yield name.lower(), ""


def _tree(text: str, where: str, remedy: str) -> list[Row]:
    """Return the rows that are below no other, each with those below it."""
    roots: list[Row] = []
    above: list[tuple[int, Row]] = []
    tree = ""
    for line in text.splitlines():
        if match := _ROW.fullmatch(line):
            tree = match["tree"]
            row = _row(match.groupdict())
            while above and above[-1][0] >= len(tree):
                above.pop()
            (above[-1][1]["children"] if above else roots).append(row)
            above.append((len(tree), row))
        elif above and (place := _PLACE.fullmatch(line)):
            above[-1][1]["mountpoints"].append(place["mountpoint"])
        elif line.strip():
            raise InvalidFile(f"{where} has a line that is no device, {line.strip()!r}; {remedy}.")
    if _MORE_FOLLOWS.search(tree):
        raise InvalidFile(f"{where} is cut short: its tree says that more follows; {remedy}.")
    return roots


def _row(said: Mapping[str, str | None]) -> Row:
    return {
        "name": said["name"],
        "kname": said["kname"],
        "maj:min": said["number"],
        "size": said["size"],
        "ro": said["ro"],
        "type": said["type"],
        "mountpoints": [said["mountpoint"]],
        "children": [],
    }
