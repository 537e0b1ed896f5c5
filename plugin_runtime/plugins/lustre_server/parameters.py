"""Lustre's parameters: what `lctl get_param` prints, and which files hold them one by one."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from plugin_runtime.plugins.lustre_server.capture import Capture

FILESYSTEM = r"[0-9A-Za-z_][0-9A-Za-z_-]{0,7}"
"""The name of a filesystem."""
TARGET = rf"{FILESYSTEM}-(?:MDT|OST)[0-9a-fA-F]{{4}}"
"""A target as Lustre writes it; its index is hexadecimal."""
WANTED = (
    "health_check",
    "version",
    "devices",
    "mgs.MGS.filesystems",
    "mgs.MGS.live.*",
    "mgs.MGS.uuid",
    "mgc.*.uuid",
    *(f"{kind}.*.{name}" for kind in ("mdt", "obdfilter") for name in ("uuid", "recovery_status")),
    "obdfilter.*.degraded",
    *(
        f"osd-*.*.{name}"
        for name in ("fstype", "kbytesavail", "kbytesfree", "kbytestotal", "mntdev")
    ),
    "lmv.*.target_obd",
    "lov.*.target_obd",
)
"""What to ask `lctl get_param` for; nothing else of a server is looked at."""
_STARTS = re.compile(r"([a-z][\w-]*(?:\.[^\s=]+)*)=(.*)")
_KNOWN = re.compile(
    r"(?:devices|health_check|version|memused|lnet_memused|memused_max|jobid_var)$|"
    r"(?:fld|ldlm|llite|lmv|lod|lov|lwp|md[cdst]|mg[cs]|nodemap|obdfilter|os[cpt]|osd-\w+|q[ms][td]|seq)\."
)
"""Names by which a text is recognised as lctl's."""
_NAME_ALONE = re.compile(rf"(?:mgs\.MGS|(?:mdt|obdfilter|osd-\w+)\.(?:MGS|{TARGET}))\.\S+")
"""A line of `lctl get_param -N`."""
_TREES = (("fs", "lustre"), ("debug", "lustre"))
"""Where /proc, /sys and /sys/kernel/debug keep them."""
_COMPLAINT = re.compile(r"(?:error|warning|lctl|sudo|ssh|bash)\b.*:", re.IGNORECASE)


def parameters_of(text: str, where: str) -> Capture | None:
    """Return what `lctl get_param` printed, None for a text that it did not print.

    A number in a last line without its end may be cut short, so its value is left out.
    """
    found: dict[str, list[list[str]]] = {}
    lines: list[str] = []
    warnings: list[str] = []
    for line in text.splitlines():
        if starts := _STARTS.match(line):
            lines = [starts[2]]
            found.setdefault(starts[1], []).append(lines)
        elif _NAME_ALONE.fullmatch(line.strip()):
            found.setdefault(line.strip(), [])
        elif _COMPLAINT.match(line):
            warnings.append(f"{where} holds a complaint: {line.strip()!r}")
        else:
            lines.append(line)
    if not any(_KNOWN.match(name) for name in found):
        return None
    if lines and lines[-1].isdigit() and not text.endswith("\n"):
        warnings.append(f"{where} ends within a line, so {lines.pop()!r} is not believed")
    parameters = {
        name: tuple("\n".join(value).strip() for value in values) for name, values in found.items()
    }
    return Capture(parameters=parameters, warnings=tuple(warnings))


def parameter_at(path: PurePosixPath) -> str | None:
    """Return the name of the parameter that a file in a tree of /proc or /sys holds, else None."""
    for tree in _TREES:
        for at in range(len(path.parts) - len(tree)):
            if path.parts[at : at + len(tree)] == tree:
                return parameter_called(".".join(path.parts[at + len(tree) :]))
    return None


def parameter_called(name: str) -> str | None:
    """Return the name of the parameter that a file is called after, else None."""
    return name if _KNOWN.match(name) else None


def is_wanted(name: str) -> bool:
    """A parameter of this name is looked at."""
    return any(fnmatchcase(name, one) for one in WANTED)
