"""The form of a store, by version: older ones are brought forward, newer ones refused.

A migration is added at the end of `MIGRATIONS` and never changed afterwards; each runs once, in one
transaction with the number it leads to.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from neo4j import Transaction

from topology.errors import DeltaRejected, StoreUnavailable
from topology.store.engine import Engine

_SECONDS = 600.0

_VERSION_OF = "MATCH (m:Meta {id: 'store'}) RETURN coalesce(m.version, 0) AS version"
# Written before it is checked, as a lease is: of two processes that start at once one migrates.
_STEP = """
MATCH (m:Meta {id: 'store'})
SET m.migrated_at = $now
WITH m
WHERE coalesce(m.version, 0) = $version
SET m.version = $version + 1
RETURN m.version AS version"""
_SPAN_OF_JOURNAL = """
MATCH (m:Meta {id: 'store'})
SET m.kept_since = coalesce(m.kept_since, 0), m.forgotten_at = coalesce(m.forgotten_at, 0.0),
    m.incarnation = coalesce(m.incarnation, '')"""
_BEAT_OF_LEASES = "MATCH (s:Scannable) WHERE s.beat IS NULL SET s.beat = 0.0"


def _say_what_is_kept(transaction: Transaction) -> None:
    transaction.run(_SPAN_OF_JOURNAL).consume()
    transaction.run(_BEAT_OF_LEASES).consume()


MIGRATIONS: tuple[Callable[[Transaction], None], ...] = (_say_what_is_kept,)
"""Each leads from the version that is its place here to the next."""


def bring_up_to_date(
    engine: Engine, migrations: tuple[Callable[[Transaction], None], ...] = MIGRATIONS
) -> None:
    """Bring the store's form to this release's. Raises StoreUnavailable for a newer store's."""
    while (version := _version_of(engine)) != len(migrations):
        if version > len(migrations):
            raise newer(engine.address, version)
        migration = migrations[version]

        def step(
            transaction: Transaction,
            migration: Callable[[Transaction], None] = migration,
            version: int = version,
        ) -> None:
            found = transaction.run(_STEP, version=version, now=time.time()).single()
            if found is not None:  # else another process was quicker
                migration(transaction)

        try:
            engine.run(step, seconds=_SECONDS)
        except DeltaRejected:
            # On the embedded engine the slower one may be told of a key that exists by now.
            if _version_of(engine) == version:
                raise


def _version_of(engine: Engine) -> int:
    return int(engine.execute(_VERSION_OF)[0]["version"])


def newer(address: str, version: int) -> StoreUnavailable:
    """Return what to raise for a store that a later release has brought forward."""
    return StoreUnavailable(
        f"the store at {address} has form {version}, and this release knows form "
        f"{len(MIGRATIONS)} at most; install the release that wrote it, here too"
    )
