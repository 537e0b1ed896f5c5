"""/proc/mdstat, in which the kernel lists its software RAIDs.

```
md0 : active raid1 sdb1[2] sda1[0] sdc1[1](F)
      1953514496 blocks super 1.2 [2/1] [U_]
      [==>..................]  recovery = 12.6% (246321152/1953514496) finish=127.5min
```
"""

from __future__ import annotations

import re
from collections.abc import Collection

from plugin_runtime.plugins.linux_host.facts import CONTAINER, HostFacts, RaidArray, RaidMember
from topology.errors import InvalidFile

SOURCE = "/proc/mdstat"
_ARRAY = re.compile(r"^(?P<name>md\S+) : (?P<state>\w+)(?: \([\w-]+\))? ?(?P<rest>.*)$")
_MEMBER = re.compile(r"(?P<device>[^\s\[]+)\[(?P<number>\d+)\](?P<flags>(?:\([A-Z]\))*)")
_MEMBERS_UP = re.compile(r"\[(?P<size>\d+)/\d+\] \[(?P<up>[U_]+)\]")
_ACTIVITY = re.compile(
    r"(?P<kind>recovery|resync|reshape|check|repair)\s*=\s*"
    r"(?:(?P<percent>\d+(?:\.\d+)?)%|(?P<waits>\w+))"
)
_BEGINS = re.compile(r"^Personalities", re.MULTILINE)
_END = "unused devices:"


def read(text: str, where: str) -> HostFacts:
    """Return the arrays. Raises InvalidFile for a text that is no mdstat.

    Without its last line the text was cut short: then its last array is left out.
    """
    if not _BEGINS.search(text):
        raise InvalidFile(
            f"{where} is no mdstat, found {text.strip()[:40]!r}; capture it anew with "
            f"'cat {SOURCE} > FILE'."
        )
    blocks = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    is_partial = _END not in text
    arrays = [array for block in blocks if (array := _array(block))]
    warnings: tuple[str, ...] = ()
    if is_partial:
        left_out = f", so {arrays[-1].name} is left out" if arrays else ""
        warnings = (f"{where} is cut short{left_out}; capture it anew.",)
        arrays = arrays[:-1]
    return HostFacts(arrays=tuple(arrays), warnings=warnings, is_partial=is_partial)


def _late(numbers: Collection[int], up: str) -> Collection[int]:
    """Return the numbers of those that are being filled, which stand among the others.

    One that came back has the number of its place, which is not up yet; a new one the highest.
    """
    order = sorted(numbers, key=lambda one: (up[one : one + 1] == "_", one))
    return order[up.count("U") :]


def _array(block: str) -> RaidArray | None:
    head, _, rest = block.partition("\n")
    match = _ARRAY.match(head)
    if match is None:
        return None
    members = _MEMBER.findall(match["rest"])
    up = _MEMBERS_UP.search(rest)
    words = match["rest"].split()
    level = words[0] if words and not _MEMBER.match(words[0]) else ""
    if "super external:" in rest and "external:/" not in rest:
        level = CONTAINER
    activity = _ACTIVITY.search(rest)
    plain = [int(number) for _, number, flags in members if not flags or flags == "(W)"]
    late = _late(plain, up["up"]) if up else []
    states: dict[str, RaidMember] = {}
    for device, number, flags in members:
        if "(J)" in flags:  # a journal holds no data of the array
            continue
        if "(F)" in flags:
            member = RaidMember(device, "faulty")
        elif "(S)" in flags or "(R)" in flags or level == CONTAINER:
            member = RaidMember(device, "spare")
        else:
            member = RaidMember(device, "rebuilding" if int(number) in late else "in_sync")
        states.setdefault(device, member)
    size = int(up["size"]) if up else len(plain)
    return RaidArray(
        name=match["name"],
        level=level,
        size=size or None,
        members=tuple(states.values()),
        is_running=match["state"] == "active",
        activity=" ".join(filter(None, activity.group("kind", "waits"))) if activity else "",
        progress=float(activity["percent"]) if activity and activity["percent"] else None,
    )
