"""The Resources page: find one by name, serial, class or state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from topology.live.selection import selection_of
from topology.state import STATE_WORDS
from web.pages.rows import ResourceRow, rows_of
from web.site import Site

_ROWS = 50


@dataclass(frozen=True, slots=True)
class ResourcesPage:
    """templates/resources.html: what a search found."""

    template: ClassVar[str] = "resources.html"

    title: str = field(metadata={"help": "How many were found"})
    text: str = field(metadata={"help": "What was looked for"})
    class_name: str = field(metadata={"help": "The class that was asked for, else empty"})
    state: str = field(metadata={"help": "The state word that was asked for, else empty"})
    classes: tuple[tuple[str, str], ...] = field(metadata={"help": "Those there are, with labels"})
    states: tuple[str, ...] = field(metadata={"help": "The six words"})
    rows: tuple[ResourceRow, ...] = field(metadata={"help": "Worst first, then by name"})
    unlisted: int = field(metadata={"help": "How many more were found"})

    @classmethod
    def of(cls, site: Site, *, text: str, class_name: str, state: str) -> ResourcesPage:
        """Answer from the snapshot. Cost: all resources."""
        view = site.known
        found = selection_of(view, class_name=class_name, state=state, text=text)
        present = {
            name: site.classes[name].label if name in site.classes else name
            for name in view.of_class
        }
        number = f"{len(found):,} resources" if len(found) != 1 else "1 resource"
        return cls(
            title=f"{number} found." if text or class_name or state else f"{number}.",
            text=text,
            class_name=class_name,
            state=state,
            classes=tuple(sorted(present.items(), key=lambda one: (one[1], one[0]))),
            states=STATE_WORDS,
            rows=rows_of(site, view.worst_of(found, _ROWS)),
            unlisted=max(0, len(found) - _ROWS),
        )
