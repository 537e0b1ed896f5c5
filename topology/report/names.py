"""What things are called, one by one and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from topology.builtin_classes import BUILTIN_CLASSES
from topology.live.view import View
from topology.model import Resource

_KNOWN_AS = {
    "PhysicalDisk": "disk",
    "ManagementTarget": "MGT",
    "MetadataTarget": "MDT",
    "ObjectStorageTarget": "OST",
    "LustreServer": "Lustre server",
    "LustreFilesystem": "Lustre filesystem",
    "LustreClientMount": "Lustre client mount",
}
"""Classes that people call otherwise than their names say."""


def kind_of(resource: Resource) -> str:
    """Return the built-in class it is one of, which people know, else its own."""
    classes = resource.merged.classes
    return next((name for name in classes if name in BUILTIN_CLASSES), classes[0])


def plural_of(class_name: str, count: int) -> str:
    """Return "1 enclosure", "3 OSTs": the words for a class name and a count."""
    spaced = "".join(f" {one.lower()}" if one.isupper() else one for one in class_name).strip()
    words = _KNOWN_AS.get(class_name, spaced)
    ending = "" if count == 1 else "es" if words.endswith(("ch", "s", "x")) else "s"
    return f"{count:,} {words}{ending}"


def listing(view: View, uids: Iterable[str]) -> str:
    """Name a few; count many by their class, naming a few of each."""
    by_name = view.sorted_by_name(uids)
    if len(by_name) <= 4:
        return joined([view.name(uid) for uid in by_name])
    classes = Counter(kind_of(view.resources[uid]) for uid in by_name)
    said = []
    for class_name, count in sorted(classes.items(), key=lambda one: (one[1], one[0])):
        names = [view.name(uid) for uid in by_name if kind_of(view.resources[uid]) == class_name]
        shown = ", ".join(names[:4]) + (", …" if count > 4 else "")
        said.append(f"{plural_of(class_name, count)} ({shown})")
    return joined(said)


def counts(view: View, uids: Iterable[str]) -> list[str]:
    """Count by class, the smallest class first."""
    classes = Counter(kind_of(view.resources[uid]) for uid in uids)
    return [
        plural_of(class_name, count)
        for class_name, count in sorted(classes.items(), key=lambda one: (one[1], one[0]))
    ]


def joined(parts: Sequence[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
