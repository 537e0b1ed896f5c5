"""Captured outputs of a host's tools: which tool wrote which file, and what they tell together.

A file is recognised by what is in it; its name is a hint where that does not tell, as of an empty
file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

from plugin_runtime.plugins.linux_host import (
    arcconf,
    lsblk,
    lvm,
    mdadm,
    mdstat,
    multipath,
    nvme,
    probert,
    ses,
    smartctl,
    ssacli,
    storcli,
    udev,
    zpool,
)
from plugin_runtime.plugins.linux_host.fact import Fact, Key
from plugin_runtime.plugins.linux_host.facts import HostFacts
from topology.errors import InvalidFile

Reader = Callable[[str, str], HostFacts]


@dataclass(frozen=True, slots=True)
class Format:
    """What one tool writes."""

    tool: str
    reader: Reader
    signature: re.Pattern[str]
    """What only this tool's output has in it."""
    hint: re.Pattern[str]
    """What is in the name of a file that holds it."""


def _format(tool: str, reader: Reader, signature: str, hint: str) -> Format:
    return Format(tool, reader, re.compile(signature, re.MULTILINE), re.compile(hint))


LISTING_TOOLS = frozenset({"lsblk", "probert", "udevadm"})
"""Tools that list devices: what they do not list is taken to be gone."""


FORMATS = (
    _format("lsblk", lsblk.read, lsblk.SIGNATURE, "lsblk"),
    _format("probert", probert.read, r'"blockdev"\s*:\s*\{', "probert"),
    _format("udevadm", udev.read, r"^P: /|^DEVPATH='|^\{[^{}]*\"DEVPATH\"", "udev"),
    _format("mdadm", mdadm.read, r"^/dev/\S+:\s*\n(?: .*\n|\n)*? *Raid Level : ", "mdadm"),
    _format("mdstat", mdstat.read, r"^Personalities :", "mdstat"),
    _format("multipathd", multipath.read, r'"path_groups"|"maps?"\s*:', "multipathd"),
    _format("multipath", multipath.read_list, r"^size=\S+ features=|^\[size=", "multipath"),
    _format("storcli", storcli.read, r'"Command Status"\s*:', "storcli|perccli"),
    _format("ssacli", ssacli.read, r"^ +physicaldrive \S|^\S.* Array .* in Slot ", "ssacli|hpssa"),
    _format("arcconf", arcconf.read, r"^(Logical|Physical) [Dd]evice information", "arcconf"),
    _format("nvme", nvme.read, r'"Devices"\s*:\s*\[', "nvme.*list"),
    _format("ses", ses.read, r'"ses"\s*:\s*\[', r"(?<![a-z])ses(?![a-z])"),
    _format("smartctl", smartctl.read, r'"smartctl"\s*:|"smart_status"\s*:', "smart"),
    _format("zpool", zpool.read_json, r'"pools"\s*:\s*\{', r"zpool.*json"),
    _format("zpool", zpool.read, r"^ *pool: |^no pools available", "zpool"),
    _format("lvm", lvm.read, r'"report"\s*:\s*\[', r"lvm|(?<![a-z])[lvp]vs(?![a-z])"),
)
"""In this order: of formats that have something in common the more telling one comes first, and
of tools that tell of one thing the one that knows it best."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a host in one go."""

    told: Mapping[str, HostFacts] = field(default_factory=dict)
    """By tool."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Why, by tool: of what it tells, some or all is missing."""
    warnings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """Tools that are not installed."""

    def joined(self, other: Reading) -> Reading:
        """Return both together; of what both tell, what this tells."""
        told = dict(self.told)
        for tool, facts in other.told.items():
            told[tool] = told[tool].joined(facts) if tool in told else facts
        return Reading(
            told,
            {**other.unread, **self.unread},
            (*self.warnings, *other.warnings),
            (*self.absent, *other.absent),
        )


def format_of_tool(tool: str) -> Format:
    """Return the format of what a tool is asked for here."""
    return next(one for one in reversed(FORMATS) if one.tool == tool)


def read_captures(source: Path) -> Reading:
    """Read one capture, or all that a directory holds. What cannot be read is said in warnings.

    Raises InvalidFile where nothing can be read, or where two lists of devices contradict each
    other: half of the devices of each of two hosts would look like one host whose others are gone.
    """
    try:
        is_directory = source.is_dir()
        entries = sorted(source.iterdir()) if is_directory else [source]
        files = [one for one in entries if one.is_file() or not is_directory]
        texts = {f"'{file}'": file.read_bytes().decode("utf-8-sig", "replace") for file in files}
    except OSError as error:
        raise InvalidFile(
            f"Cannot read the captured outputs in '{source}' ({error.strerror}); correct `source`."
        ) from None
    formats = {where: _format_of(text, where) for where, text in texts.items()}
    unread = [
        *(_unknown(where) for where, found in formats.items() if found is None),
        *(_below(one) for one in entries if is_directory and one.is_dir()),
    ]
    reading = read_outputs(
        (found, where, texts[where]) for where, found in formats.items() if found
    )
    if not reading.told:
        raise InvalidFile(next(iter((*reading.warnings, *unread, _unknown(f"'{source}'")))))
    return replace(reading, warnings=(*reading.warnings, *unread))


def _below(directory: Path) -> str:
    return f"'{directory}' is a directory, whose files are not read; name it alone in `source`."


def _unknown(where: str) -> str:
    tools = ", ".join(dict.fromkeys(one.tool for one in FORMATS))
    return f"{where} holds nothing that is read here; outputs of these are: {tools}."


def _format_of(text: str, where: str) -> Format | None:
    """Return what wrote `text`; None for what is no text, or of no tool that is known."""
    if "\0" in text:
        return None
    by_content = next((one for one in FORMATS if one.signature.search(text)), None)
    file_name = where.rpartition("/")[2]
    return by_content or next((one for one in FORMATS if one.hint.search(file_name)), None)


def read_outputs(outputs: Iterable[tuple[Format, str, str]]) -> Reading:
    """Read outputs, each with its format and where it is from. Raises as `read_captures` does."""
    reading = Reading()
    told_by: dict[tuple[str, type, Key], dict[Fact, str]] = defaultdict(dict)
    for found, where, text in outputs:
        try:
            facts = found.reader(text, where)
        except InvalidFile as error:
            why = str(error)
            reading = reading.joined(Reading(unread={found.tool: why}, warnings=(why,)))
            continue
        for one in facts:
            told_by[found.tool, type(one), one.key][one] = where
        cut = {found.tool: f"{where} is cut short"} if facts.is_partial else {}
        reading = reading.joined(Reading({found.tool: facts}, cut, facts.warnings))
    for (tool, _, _), told in told_by.items():
        if any(one.contradicts(other) for one, other in combinations(told, 2)):
            reading = _undisputed(reading, tool, told)
    return reading


def _undisputed(reading: Reading, tool: str, told: Mapping[Fact, str]) -> Reading:
    """Return a reading without a thing of which the outputs of one tool tell differently."""
    (disputed, one), (_, other), *more = told.items()
    captures = f"{one}, {other} and {len(more)} more" if more else f"{one} and {other}"
    why = f"{captures} tell differently of {disputed.name}: they are of different hosts or times"
    remedy = "keep one host's in a directory, or name one in `source`."
    if tool in LISTING_TOOLS:
        raise InvalidFile(f"{why}; {remedy}")
    return replace(
        reading,
        told={**reading.told, tool: reading.told[tool].without(disputed)},
        unread={**reading.unread, tool: why},
        warnings=(*reading.warnings, f"{why}, so it is left out; {remedy}"),
    )
