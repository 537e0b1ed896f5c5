"""The graph store: one implementation on Bolt, for Neo4j and for the embedded engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from topology.errors import StoreUnavailable
from topology.settings import Settings

if TYPE_CHECKING:
    from topology.store.engine import Engine
    from topology.store.graph_store import GraphStore

_RETRY_SECONDS = 1.0


def open_store(settings: Settings) -> GraphStore:
    """Return the store that `settings` name; close it after use.

    A ``bolt://`` or ``neo4j://`` address is a server, anything else a directory of this machine,
    whose owner process is started or joined. Raises StoreUnavailable, CannotWrite or UsageError.
    """
    # Here, because the owner process imports this package and needs no driver.
    from topology.store.graph_store import GraphStore

    if settings.store is not None and "://" in settings.store:
        from topology.store.neo4j_engine import Neo4jEngine

        return GraphStore(_up_to_date(Neo4jEngine(settings)))
    from topology.store.embedded import EmbeddedEngine

    directory = Path(settings.store) if settings.store else settings.data_dir / "store"
    return GraphStore(_up_to_date(EmbeddedEngine(directory)))


def _up_to_date(engine: Engine) -> Engine:
    from topology.store.migrations import bring_up_to_date

    try:
        bring_up_to_date(engine)
    except BaseException:
        engine.close()
        raise
    return engine


def open_when_up(
    settings: Settings, stopping: threading.Event, *, tell: Callable[[StoreUnavailable], None]
) -> GraphStore | None:
    """Return the store once it can be opened, None where `stopping` is set first.

    `tell` hears of every attempt that fails. Raises CannotWrite and UsageError: waiting does not
    mend those.
    """
    while not stopping.is_set():
        try:
            return open_store(settings)
        except StoreUnavailable as error:
            tell(error)
        stopping.wait(_RETRY_SECONDS)
    return None
