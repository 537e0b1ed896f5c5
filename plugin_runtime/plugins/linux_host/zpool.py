"""ZFS pools, as `zpool status` tells them in text or, since OpenZFS 2.3, in JSON.

The text's table says by indentation what is part of what, so it is read here: no library keeps it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from plugin_runtime.plugins.linux_host.facts import ENDED, HostFacts, Purpose, Vdev, ZfsPool
from plugin_runtime.plugins.linux_host.written import Text, checked, json_in
from topology.errors import InvalidFile

COMMAND = ("zpool", "status", "-P")
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_GROUP = re.compile(r"(mirror|raidz\d?|draid\d?(?::\w+)*|replacing|spare)(?:-\d+)*")
_POOL = re.compile(r" *pool: *\S")
_BEFORE_POOL = re.compile(r"^(?= *pool: *\S)", re.MULTILINE)
_STATE = re.compile(r"^ *state: *(\S+)", re.MULTILINE)
_TABLE = re.compile(r"^config:[^\n]*\n(.*?)(?=^errors:|\Z)", re.MULTILINE | re.DOTALL)
_ERRORS = re.compile(r"^errors:", re.MULTILINE)
_RESILVERS = re.compile(r"^ *(?:scan|scrub): resilver\b.* in progress", re.MULTILINE)
_NO_POOLS = "no pools available"
_STATES: Mapping[str, str] = {
    "HEALTHY": "ONLINE",
    **{one: one for one in ("ONLINE", "DEGRADED", *ENDED)},
}
"""What ZFS says of a pool or device; of any other word nothing is known."""
_NOT_OPEN = frozenset({"FAULTED", "UNAVAIL"})
"""States of pools of which it is not told what errors there are: they could not be opened."""
_DATA: Purpose = "data"
_LOG: Purpose = "log"
_PURPOSES: Mapping[str, Purpose] = {"logs": _LOG, "special": _DATA, "dedup": _DATA}
"""Sections below a pool's own row; in all others ("cache", "spares") nothing is needed."""
_MIRRORS = ("replacing", "spare")
"""What holds a device and its replacement, each of which is enough."""


def read(text: str, where: str) -> HostFacts:
    """Return the pools of a text. One that was cut short is left out.

    A pool ends with what errors there are, or with the next pool. Raises InvalidFile where there is
    no pool, nor the word that there is none.
    """
    parts = [part for part in _BEFORE_POOL.split(text) if _POOL.match(part)]
    if not parts and _NO_POOLS not in text:
        raise InvalidFile(
            f"{where} is not what 'zpool status' writes, found {text.strip()[:40]!r}; {_REMEDY}."
        )
    pools: list[ZfsPool] = []
    cut: list[str] = []
    for part in parts:
        pool = _pool(part.split(maxsplit=2)[1], part)
        is_ended = part is not parts[-1] or (pool.state in _NOT_OPEN and part.endswith("\n"))
        if pool.vdevs and (is_ended or _ERRORS.search(part)):
            pools.append(pool)
        else:
            cut.append(pool.name)
    warnings = (
        *(f"{where} is cut short, so the pool {name} is left out." for name in cut),
        *_vague(pools, where),
    )
    return HostFacts(pools=tuple(pools), warnings=warnings, is_partial=bool(cut))


def _vague(pools: Iterable[ZfsPool], where: str) -> Iterator[str]:
    """Yield a warning of each pool of which too little is told."""
    for pool in pools:
        if pool.vague:
            yield f"{where} says that the pool {pool.name} {pool.vague}; {_REMEDY}."


@dataclass(slots=True)
class _Row:
    """A row of the table, and the rows that are indented below it."""

    indent: int
    name: str
    state: str
    notes: str
    below: list[_Row] = field(default_factory=list)


def _pool(name: str, part: str) -> ZfsPool:
    state = _STATE.search(part)
    table = _TABLE.search(part)
    roots = _rows(table[1]) if table else []
    _number(roots)
    vdevs: list[Vdev] = []
    spares = 0
    for row in roots:
        if row.name == name:
            vdevs += _vdevs(row.below, _DATA)
        elif row.name in _PURPOSES:
            vdevs += _vdevs(row.below, _PURPOSES[row.name])
        elif row.name == "spares":
            spares = sum(one.state == "AVAIL" for one in row.below)
    resilvers = _RESILVERS.search(part) is not None
    return _told(name, state[1] if state else "", tuple(vdevs), spares, resilvers=resilvers)


def _told(
    name: str, state: str, vdevs: tuple[Vdev, ...], spares: int, *, resilvers: bool
) -> ZfsPool:
    vague = ""
    if resilvers and not any(device.is_resilvering for one in vdevs for device in one.devices):
        vague = "is resilvered, and not which of its devices lack data, so its state is UNKNOWN"
    if strange := [one.name for vdev in vdevs for one in vdev.groups if not one.level]:
        vague = f"has a group {strange[0]!r}, and not of what kind, so its state is UNKNOWN"
    return ZfsPool(name, _STATES.get(state.upper(), ""), vdevs, spares, vague)


def _rows(table: str) -> list[_Row]:
    """Return the rows that are below no other, each with those below it."""
    roots: list[_Row] = []
    above: list[_Row] = []
    for line in table.expandtabs().splitlines():
        words = line.split()
        if not words or words[:2] == ["NAME", "STATE"]:
            continue
        row = _Row(
            indent=len(line) - len(line.lstrip()),
            name=words[0],
            state=words[1] if len(words) > 1 else "",
            notes=" ".join(words[5:]),
        )
        while above and above[-1].indent >= row.indent:
            above.pop()
        (above[-1].below if above else roots).append(row)
        above.append(row)
    return roots


def _number(rows: Iterable[_Row]) -> None:
    """Tell groups of one name from each other: older versions do not number them."""
    met: Counter[str] = Counter()
    waiting = list(rows)
    while waiting:
        row = waiting.pop(0)
        if row.below and (number := met[row.name]):
            row.name = f"{row.name}-{number}"
        elif row.below:
            met[row.name] += 1
        waiting += row.below


def _vdevs(rows: Iterable[_Row], purpose: Purpose) -> Iterator[Vdev]:
    for row in rows:
        was = re.search(r"was (/\S+)", row.notes)
        yield Vdev(
            name=row.name,
            level=level_of(row.name) if row.below else "",
            state=_STATES.get(row.state.upper(), ""),
            path=was[1] if was else row.name if row.name.startswith("/") else "",
            is_resilvering="resilver" in row.notes,  # "resilvering" or "awaiting resilver"
            purpose=purpose,
            members=tuple(_vdevs(row.below, purpose)),
        )


def level_of(name: str, kind: str = "") -> str:
    """Return the redundancy of a group by its name, "raidz2-0" is a raidz2, else by its kind.

    Empty for a group of no known kind, as of one that is named by its GUID.
    """
    match = _GROUP.fullmatch(name) or _GROUP.fullmatch(kind)
    if match is None:
        return ""
    return "mirror" if match[1] in _MIRRORS else match[1].partition(":")[0]


def read_json(text: str, where: str) -> HostFacts:
    """Return the pools of a `zpool status -j`.

    Of dRAID groups it leaves out type and state (OpenZFS issue 18431): the name tells the type.
    Raises InvalidFile where it is cut short, flat or not of that shape.
    """
    remedy = "capture it anew with 'zpool status -j > FILE'"
    found = json_in(text, where, remedy)
    pools = checked(_Document, found.document, where, "zpool status -j", remedy).pools
    for name, pool in pools.items():
        if not any(root.vdevs for root in pool.vdevs.values()):
            raise InvalidFile(
                f"{where} does not say what the pool {name} is made of, as with "
                f"--json-flat-vdevs or of 'zpool list'; {remedy}."
            )
    told = tuple(pool.told(pool.name or name) for name, pool in pools.items())
    return HostFacts(pools=told, warnings=(*found.warnings, *_vague(told, where)))


class _Vdev(BaseModel):
    name: Text = ""
    vdev_type: Text = ""
    state: Text = ""
    path: Text = ""
    scan_processed: object = None
    resilver_deferred: Text = ""
    vdevs: dict[str, _Vdev] = {}

    @property
    def lacks_data(self) -> bool:
        """It is being resilvered, or will be."""
        return self.scan_processed is not None or self.resilver_deferred not in ("", "0")

    def told(self, key: str, purpose: Purpose, *, resilvers: bool) -> Vdev:
        name = self.name or key
        return Vdev(
            name=name,
            level=level_of(name, self.vdev_type) if self.vdevs else "",
            state=_STATES.get(self.state.upper(), ""),
            path=self.path,
            is_resilvering=resilvers and not self.vdevs and self.lacks_data,
            purpose=purpose,
            members=tuple(
                one.told(key, purpose, resilvers=resilvers) for key, one in self.vdevs.items()
            ),
        )


class _Scan(BaseModel):
    function: Text = ""
    state: Text = ""


class _Pool(BaseModel):
    name: Text = ""
    """Its key may be its GUID, as with --json-pool-key-guid."""
    state: Text = ""
    scan_stats: _Scan = _Scan()
    vdevs: dict[str, _Vdev] = {}
    logs: dict[str, _Vdev] = {}
    special: dict[str, _Vdev] = {}
    dedup: dict[str, _Vdev] = {}
    spares: dict[str, _Vdev] = {}

    def told(self, name: str) -> ZfsPool:
        scan = self.scan_stats
        resilvers = (scan.function, scan.state) == ("RESILVER", "SCANNING")
        roots = [root.vdevs for root in self.vdevs.values()]
        vdevs = tuple(
            vdev.told(key, purpose, resilvers=resilvers)
            for sections, purpose in (
                ([*roots, self.special, self.dedup], _DATA),
                ([self.logs], _LOG),
            )
            for section in sections
            for key, vdev in section.items()
        )
        spares = sum(one.state == "AVAIL" for one in self.spares.values())
        return _told(name, self.state, vdevs, spares, resilvers=resilvers)


class _Document(BaseModel):
    pools: dict[str, _Pool]
