"""ZFS pools, as `zpool status` tells them in text or, since OpenZFS 2.3, in JSON.

The text's table says by indentation what is part of what, so it is read here: no library keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from plugin_runtime.plugins.linux_host.facts import HostFacts, Purpose, Vdev, ZfsPool
from plugin_runtime.plugins.linux_host.written import Text, checked, json_in
from topology.errors import InvalidFile

COMMAND = ("zpool", "status", "-P")
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_GROUP = re.compile(r"(mirror|raidz\d?|draid\d?(?::\w+)*|replacing|spare)(?:-\d+)?")
_POOL = re.compile(r" *pool: *\S")
_BEFORE_POOL = re.compile(r"^(?= *pool: *\S)", re.MULTILINE)
_STATE = re.compile(r"^ *state: *(\S+)", re.MULTILINE)
_TABLE = re.compile(r"^config:[^\n]*\n(.*?)(?=^errors:|\Z)", re.MULTILINE | re.DOTALL)
_NO_POOLS = "no pools available"
_DATA: Purpose = "data"
_LOG: Purpose = "log"
_PURPOSES: Mapping[str, Purpose] = {"logs": _LOG, "special": _DATA, "dedup": _DATA}
"""Sections below a pool's own row; in all others ("cache", "spares") nothing is needed."""
_MIRRORS = ("replacing", "spare")
"""What holds a device and its replacement, each of which is enough."""


def read(text: str, where: str) -> HostFacts:
    """Return the pools of a text. One without its last line was cut short and is left out.

    Raises InvalidFile where there is no pool, nor the word that there is none.
    """
    parts = [part for part in _BEFORE_POOL.split(text) if _POOL.match(part)]
    if not parts and _NO_POOLS not in text:
        raise InvalidFile(
            f"{where} is not what 'zpool status' writes, found {text.strip()[:40]!r}; {_REMEDY}."
        )
    pools: list[ZfsPool] = []
    cut: list[str] = []
    for part in parts:
        name = part.split(maxsplit=2)[1]
        if re.search(r"^errors:", part, re.MULTILINE):
            pools.append(_pool(name, part))
        else:
            cut.append(name)
    warnings = tuple(f"{where} is cut short, so the pool {name} is left out." for name in cut)
    return HostFacts(pools=tuple(pools), warnings=warnings, is_partial=bool(cut))


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
    vdevs: list[Vdev] = []
    spares = 0
    for row in roots:
        if row.name == name:
            vdevs += _vdevs(row.below, _DATA)
        elif row.name in _PURPOSES:
            vdevs += _vdevs(row.below, _PURPOSES[row.name])
        elif row.name == "spares":
            spares = sum(one.state == "AVAIL" for one in row.below)
    return ZfsPool(name, state[1] if state else "", tuple(vdevs), spares)


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


def _vdevs(rows: Iterable[_Row], purpose: Purpose) -> Iterator[Vdev]:
    for row in rows:
        was = re.search(r"was (/\S+)", row.notes)
        yield Vdev(
            name=row.name,
            level=_level(row.name) if row.below else "",
            state=row.state,
            path=was[1] if was else row.name if row.name.startswith("/") else "",
            is_resilvering="resilvering" in row.notes,
            purpose=purpose,
            members=tuple(_vdevs(row.below, purpose)),
        )


def _level(name: str) -> str:
    """Return the redundancy of a group by its name: "raidz2-0" is a raidz2."""
    match = _GROUP.match(name)
    if match is None or match[1] in _MIRRORS:
        return "mirror"
    return match[1].partition(":")[0]


def read_json(text: str, where: str) -> HostFacts:
    """Return the pools of a `zpool status -j`.

    Of dRAID groups it leaves out type and state (OpenZFS issue 18431): the name tells the type.
    Raises InvalidFile where it is cut short, flat or not of that shape.
    """
    remedy = "capture it anew with 'zpool status -j > FILE'"
    found = json_in(text, where, remedy)
    pools = checked(_Document, found.document, where, "zpool status -j", remedy).pools
    for name, pool in pools.items():
        if pool.vdevs and not any(root.vdevs for root in pool.vdevs.values()):
            raise InvalidFile(
                f"{where} does not say what the pool {name} is made of, as with "
                f"--json-flat-vdevs; {remedy}."
            )
    return HostFacts(
        pools=tuple(pool.told(name) for name, pool in pools.items()), warnings=found.warnings
    )


class _Vdev(BaseModel):
    name: Text = ""
    vdev_type: Text = ""
    state: Text = ""
    path: Text = ""
    scan_processed: object = None
    vdevs: dict[str, _Vdev] = {}

    def told(self, key: str, purpose: Purpose, *, resilvers: bool) -> Vdev:
        name = self.name or key
        return Vdev(
            name=name,
            level=_level(name) if self.vdevs else "",
            state=self.state,
            path=self.path,
            is_resilvering=resilvers and not self.vdevs and self.scan_processed is not None,
            purpose=purpose,
            members=tuple(
                one.told(key, purpose, resilvers=resilvers) for key, one in self.vdevs.items()
            ),
        )


class _Scan(BaseModel):
    function: Text = ""
    state: Text = ""


class _Pool(BaseModel):
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
        vdevs = [
            vdev.told(key, purpose, resilvers=resilvers)
            for sections, purpose in (
                ([*roots, self.special, self.dedup], _DATA),
                ([self.logs], _LOG),
            )
            for section in sections
            for key, vdev in section.items()
        ]
        spares = sum(one.state == "AVAIL" for one in self.spares.values())
        return ZfsPool(name, self.state, tuple(vdevs), spares)


class _Document(BaseModel):
    pools: dict[str, _Pool]
