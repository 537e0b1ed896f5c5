"""The directive `builtin-classes`: a table of what the built-in resource classes declare."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from plugin_runtime import base_resources
from plugin_runtime.resource import StorageResource
from topology.builtin_classes import BUILTIN_CLASSES

_HEAD = ("Class", "Identifier", "Attributes", "Can fail")


class BuiltinClasses(SphinxDirective):
    """A row for each class, in the direction trouble travels."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        table = nodes.table()
        group = nodes.tgroup(cols=len(_HEAD))
        group += [nodes.colspec(colwidth=width) for width in (20, 25, 45, 10)]
        group += nodes.thead("", _row(_HEAD, nodes.strong))
        body = nodes.tbody()
        body += [
            _row(_cells(getattr(base_resources, name)), nodes.literal) for name in BUILTIN_CLASSES
        ]
        group += body
        table += group
        return [table]


def _cells(cls: type[StorageResource]) -> tuple[str, ...]:
    declaration = cls.declaration
    attributes = (
        f"{name}?" if one.is_optional else name for name, one in declaration.attributes.items()
    )
    identifier = str(declaration.identifier or "")
    return cls.__name__, identifier, ", ".join(attributes), "yes" if cls.can_fail else "no"


def _row(cells: tuple[str, ...], kind: type[nodes.TextElement]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        row += nodes.entry("", nodes.paragraph("", "", kind(cell, cell)))
    return row


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("builtin-classes", BuiltinClasses)
    return {"parallel_read_safe": True}
