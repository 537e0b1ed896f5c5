"""Multipath maps and their paths, as `multipathd show maps json` or `multipath -ll` tells them."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field

from plugin_runtime.plugins.linux_host.facts import (
    HostFacts,
    MultipathMap,
    MultipathPath,
    PathState,
)
from plugin_runtime.plugins.linux_host.written import (
    Text,
    checked,
    json_in,
    objects_in,
)
from topology.errors import InvalidFile

COMMAND = ("multipathd", "show", "maps", "json")
_REMEDY = f"capture it anew with '{' '.join(COMMAND)} > FILE'"
_MAPS = re.compile(r'"maps"\s*:\s*\[')
_FAILED = frozenset({"failed", "faulty", "offline", "i/o timeout", "removed", "transport-offline"})
_UNSTEADY = frozenset({"shaky", "delayed", "blocked"})
_WORKING = frozenset({"active", "ready"})
_SUSPENDED = frozenset({"suspend", "suspended"})

_HEAD = re.compile(
    r"^(?:(?P<title>\S+) \((?P<wwid>[^)]+)\)|(?P<plain>\S.*?)) (?P<name>dm-\d+) (?P<model>.*)$"
)
_PATH = re.compile(
    r"^[\s|`'\\-]+ (?:\d+:\d+:\d+:\d+|#:#:#:#) +(?P<device>\S+) +(?P<number>\d+:\d+|-) +"
    r"(?P<states>\S.*)$"
)


def read(text: str, where: str) -> HostFacts:
    """Return the maps that multipathd wrote as JSON: all of them, or one.

    Of a text that was cut short (as it was known to write) the maps before the cut are returned.
    Raises InvalidFile where there is no whole map, or where it is not of multipathd's shape.
    """
    warnings: tuple[str, ...] = ()
    is_partial = False
    try:
        found = json_in(text, where, _REMEDY)
    except InvalidFile as error:
        begin = _MAPS.search(text)
        whole = list(objects_in(text, begin.end())) if begin else []
        if not whole:
            raise
        document: object = {"maps": whole}
        warnings, is_partial = (str(error),), True
    else:
        document, warnings = found.document, found.warnings
    listed = checked(_Document, document, where, "multipathd", _REMEDY)
    rows = listed.maps if listed.map is None else [listed.map]
    return HostFacts(
        maps=tuple(row.told() for row in rows), warnings=warnings, is_partial=is_partial
    )


def read_list(text: str, where: str) -> HostFacts:
    """Return the maps that `multipath -ll` wrote; lines that are about no map are passed over.

    Raises InvalidFile where there is no map.
    """
    maps: dict[str, MultipathMap] = {}
    paths: dict[str, list[MultipathPath]] = {}
    name = ""
    for line in text.splitlines():
        if head := _HEAD.match(line):
            name = head["name"]
            wwid = head["wwid"] or head["plain"]
            title = head["title"] or head["plain"]
            # multipath says some maps twice, once without the name people gave it.
            maps.setdefault(name, MultipathMap(name, title, wwid, _model(head["model"])))
            paths[name] = []
        elif name and (path := _PATH.match(line)):
            states = _words(path["states"])
            paths[name].append(MultipathPath(path["device"], _path_state(states)))
    if not maps:
        raise InvalidFile(
            f"{where} is not what 'multipath -ll' writes, found {text.strip()[:40]!r}; {_REMEDY}."
        )
    return HostFacts(
        maps=tuple(
            MultipathMap(one.name, one.title, one.wwid, one.model, tuple(paths[one.name]))
            for one in maps.values()
        )
    )


def _model(text: str) -> str:
    vendor, comma, product = text.partition(",")
    return f"{vendor.strip()} {product.strip()}" if comma else ""


def _words(states: str) -> frozenset[str]:
    """Return the words of device mapper, checker and kernel; "i/o pending" is one."""
    return frozenset(re.findall(r"i/o \w+|[^\s\[\]]+", states))


def _path_state(words: frozenset[str]) -> PathState:
    if words & _FAILED:
        return "failed"
    if words & _UNSTEADY:
        return "unsteady"
    if "ghost" in words:  # the passive controller's: it serves after a failover
        return "standby"
    return "active" if words & _WORKING else "unknown"


class _Path(BaseModel):
    dev: str = Field(min_length=1)
    dm_st: Text = ""
    chk_st: Text = ""
    dev_st: Text = ""

    def told(self) -> MultipathPath:
        return MultipathPath(
            self.dev, _path_state(frozenset({self.dm_st, self.chk_st, self.dev_st}))
        )


class _PathGroup(BaseModel):
    paths: list[_Path] = []


class _Map(BaseModel):
    name: Text = ""
    uuid: Text = ""
    sysfs: str = Field(min_length=1)
    dm_st: Text = ""
    vend: Text = ""
    prod: Text = ""
    path_groups: list[_PathGroup] = []

    def told(self) -> MultipathMap:
        return MultipathMap(
            name=self.sysfs,
            title=self.name or self.sysfs,
            wwid=self.uuid,
            model=f"{self.vend} {self.prod}".strip(),
            paths=tuple(path.told() for group in self.path_groups for path in group.paths),
            is_suspended=self.dm_st in _SUSPENDED,
        )


class _Document(BaseModel):
    maps: list[_Map] = []
    map: _Map | None = None
