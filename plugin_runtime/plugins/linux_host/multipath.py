"""Multipath maps and their paths, as `multipathd show maps json` or `multipath -ll` tells them."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_UNSTEADY = frozenset({"shaky", "delayed", "blocked", "marginal"})
_WORKING = frozenset({"active", "ready"})
_SUSPENDED = frozenset({"suspend", "suspended"})

_HEAD = re.compile(
    r"^(?:multipathd> *)?(?:\w+: )?(?:(?P<title>\S+) \((?P<wwid>[^)]+)\)|(?P<plain>\S.*?))"
    r"(?: |(?<=[0-9a-f]{33}))(?P<name>dm-\d+) (?P<model>.*)$"
)
"""What the map is called; older versions leave no blank behind a name that is long."""
_NATIVE = re.compile(r"^\S+ \[\w+\]:\S+ ")
"""What begins a map that is not device mapper's, as of NVMe."""
_BRANCH = re.compile(r"^[\s|]*(?:[`'|]-|\\_)")
_PATH = re.compile(
    r"^[\s|`'\\_-]+ (?:\d+:\d+:\d+:\d+|#:#:#:#) +(?P<device>\S+) +(?:\d+:\d+|#:#|-) +"
    r"(?P<states>\S.*)$"
)
_NO_DEVICE = "-"
"""What stands for the device of a path that is there no longer."""
_NO_DRIVE = "##,##"
"""What may stand for the drive behind a map without paths."""


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

    A map whose tree is cut short is left out. Raises InvalidFile where there is no map.
    """
    maps: dict[str, _Listed] = {}
    listed: _Listed | None = None
    for line in text.splitlines():
        if head := _HEAD.match(line):
            # multipath says some maps twice, once without the name people gave it.
            listed = maps.setdefault(head["name"], _Listed(head))
            listed.branches.clear()
        elif _NATIVE.match(line):
            listed = None
        elif listed and _BRANCH.match(line):
            listed.branches.append(line)
    if not maps:
        raise InvalidFile(
            f"{where} is not what 'multipath -ll' writes, found {text.strip()[:40]!r}; {_REMEDY}."
        )
    cut = [one.title for one in maps.values() if one.is_cut]
    return HostFacts(
        maps=tuple(one.told() for one in maps.values() if not one.is_cut),
        warnings=tuple(
            f"{where} is cut short, so the map {title} is left out; {_REMEDY}." for title in cut
        ),
        is_partial=bool(cut),
    )


class _Listed:
    """A map in a list: its head, and the tree of its paths below that."""

    def __init__(self, head: re.Match[str]) -> None:
        self.name = head["name"]
        self.title = head["title"] or head["plain"]
        self.wwid = head["wwid"] or head["plain"]
        self.drive = head["model"].strip()
        self.branches: list[str] = []

    @property
    def is_cut(self) -> bool:
        """A drive is named but no path to it, or its tree promises a branch that is not there."""
        if not self.branches:
            return bool(_model(self.drive))
        return "|" in self.branches[-1] or not _PATH.match(self.branches[-1])

    def told(self) -> MultipathMap:
        """Return the map."""
        found = [path for line in self.branches if (path := _PATH.match(line))]
        paths = [MultipathPath(one["device"], _path_state(_words(one["states"]))) for one in found]
        return MultipathMap(
            self.name, self.title, self.wwid, _model(self.drive), _named(paths, self.title)
        )


def _named(paths: Iterable[MultipathPath], title: str) -> tuple[MultipathPath, ...]:
    """Return the paths of a map; those whose devices are gone are one, which has failed."""
    gone = MultipathPath(f"mapper/{title}:gone", "failed")
    return tuple(dict.fromkeys(gone if one.device == _NO_DEVICE else one for one in paths))


def _model(text: str) -> str:
    vendor, comma, product = text.partition(",")
    return f"{vendor.strip()} {product.strip()}" if comma and text != _NO_DRIVE else ""


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
    marginal_st: Text = ""

    def told(self) -> MultipathPath:
        words = frozenset({self.dm_st, self.chk_st, self.dev_st, self.marginal_st})
        return MultipathPath(self.dev, _path_state(words))


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
        title = self.name or self.sysfs
        paths = (path.told() for group in self.path_groups for path in group.paths)
        return MultipathMap(
            name=self.sysfs,
            title=title,
            wwid=self.uuid,
            model=f"{self.vend} {self.prod}".strip(),
            paths=_named(paths, title),
            is_suspended=self.dm_st in _SUSPENDED,
        )


class _Document(BaseModel):
    maps: list[_Map] = []
    map: _Map | None = None
