"""The directive `builtin-classes`: a table of what the built-in resource classes declare."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from tables import code, table

from plugin_runtime import base_resources
from plugin_runtime.resource import StorageResource
from topology.builtin_classes import BUILTIN_CLASSES

_HEAD = ("Class", "Identifier", "Attributes", "Needs", "Can fail", "Service")


class BuiltinClasses(SphinxDirective):
    """A row for each class, in the direction trouble travels."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        classes = (getattr(base_resources, name) for name in BUILTIN_CLASSES)
        rows = (map(code, _cells(cls)) for cls in classes)
        return [table(_HEAD, (17, 19, 33, 17, 7, 7), rows)]


def _cells(cls: type[StorageResource]) -> tuple[str, ...]:
    declaration = cls.declaration
    attributes = (
        f"{name}?" if one.is_optional else name for name, one in declaration.attributes.items()
    )
    identifier = str(declaration.identifier or "")
    groups = (f"{type(one).__name__}: {' or '.join(one.of)}" for one in declaration.relations)
    return (
        cls.__name__,
        identifier,
        ", ".join(attributes),
        "; ".join(groups),
        "yes" if cls.can_fail else "no",
        "yes" if cls.is_service else "no",
    )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("builtin-classes", BuiltinClasses)
    return {"parallel_read_safe": True}
