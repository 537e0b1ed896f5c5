"""The graph store: one implementation on Bolt, for Neo4j and for the embedded engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topology.settings import Settings

if TYPE_CHECKING:
    from topology.store.graph_store import GraphStore


def open_store(settings: Settings) -> GraphStore:
    """Return the store that `settings` name; close it after use.

    A ``bolt://`` or ``neo4j://`` address is a server, anything else a directory of this machine,
    whose owner process is started or joined. Raises StoreUnavailable, CannotWrite or UsageError.
    """
    # Here, because the owner process imports this package and needs no driver.
    from topology.store.graph_store import GraphStore

    if settings.store is not None and "://" in settings.store:
        from topology.store.neo4j_engine import Neo4jEngine

        return GraphStore(Neo4jEngine(settings))
    from topology.store.embedded import EmbeddedEngine

    directory = Path(settings.store) if settings.store else settings.data_dir / "store"
    return GraphStore(EmbeddedEngine(directory))
