"""The directive `builtin-classes`: a table of what the built-in resource classes declare."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from tables import code, table

from plugin_runtime import base_resources
from plugin_runtime.resource import StorageResource
from topology.builtin_classes import BUILTIN_CLASSES


class BuiltinClasses(SphinxDirective):
    """A row for each class, in the direction trouble travels."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        classes = (getattr(base_resources, name) for name in BUILTIN_CLASSES)
        rows = (map(code, _cells(cls)) for cls in classes)
        return [table(("Class", "Identifier", "Attributes", "Can fail"), (20, 25, 45, 10), rows)]


def _cells(cls: type[StorageResource]) -> tuple[str, ...]:
    declaration = cls.declaration
    attributes = (
        f"{name}?" if one.is_optional else name for name, one in declaration.attributes.items()
    )
    identifier = str(declaration.identifier or "")
    return cls.__name__, identifier, ", ".join(attributes), "yes" if cls.can_fail else "no"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("builtin-classes", BuiltinClasses)
    return {"parallel_read_safe": True}
