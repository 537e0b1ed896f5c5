"""Scannables, and the leases that say who may write what: a part of the graph store.

A lease lies on its own node, which every commit under it writes; its holder's beats lie on another,
so that they never get in the way of a commit that takes long.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, LiteralString

from neo4j import Transaction

from topology.errors import DeltaRejected, LeaseLost, ResourceNotFound, UsageError
from topology.store.committing import fence
from topology.store.engine import Engine, Parameters
from topology.store.values import OWN_LEASES, Held, Lease, Scannable

_SCANNABLES = """
MATCH (s:Scannable)
WHERE NOT s.id IN $own
OPTIONAL MATCH (h:Holder {id: s.holder})
RETURN s AS scannable, coalesce(h.beat, 0.0) AS beat"""
_HELD = """
MATCH (s:Scannable {id: $id})
OPTIONAL MATCH (h:Holder {id: s.holder})
RETURN s.epoch AS epoch, s.holder AS holder, coalesce(h.beat, 0.0) AS beat"""
_ADD_SCANNABLE = """
CREATE (s:Scannable {id: $id, plugin: $plugin, class_name: $class_name, settings: $settings,
    version: 1, epoch: 0, holder: '', beat: 0.0, status: '{}'})"""
_SET_SETTINGS = """
MATCH (s:Scannable {id: $id})
SET s.settings = $settings, s.version = s.version + 1
RETURN s.version AS value"""
_TAKE = """
MATCH (s:Scannable {id: $id})
SET s.epoch = s.epoch + 1, s.holder = $holder, s.beat = $now
RETURN s.epoch AS value"""
_RELEASE = "MATCH (s:Scannable {id: $id}) SET s.holder = ''"
_REPORT_STATUS = """
MATCH (s:Scannable {id: $id})
WHERE s.epoch = $epoch
SET s += $properties"""
_BEAT = "MERGE (h:Holder {id: $holder}) SET h.beat = $now"
_LEAVE = "MATCH (h:Holder {id: $holder}) DELETE h"

_ASKED_OF_STATUS = ("phase", "heard_at", "period_seconds")
"""What a scannable's node has of its status as properties, beside the whole as JSON."""


class Scannables:
    """What is scanned, by whom, and who may write its scope. Safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def scannables(self) -> list[Scannable]:
        """Return every scannable, by plugin and id."""
        found = self._engine.execute(_SCANNABLES, {"own": list(OWN_LEASES)})
        return sorted(
            (_scannable(row["scannable"], row["beat"]) for row in found),
            key=lambda one: (one.plugin, one.scannable_id),
        )

    def add_scannable(
        self, scannable_id: str, *, plugin: str, class_name: str, settings: Mapping[str, object]
    ) -> Scannable:
        """Ask for one more scannable. Raises UsageError where the id is taken."""
        parameters = {
            "id": scannable_id,
            "plugin": plugin,
            "class_name": class_name,
            "settings": json.dumps(dict(settings)),
        }
        try:
            self._engine.execute(_ADD_SCANNABLE, parameters)
        except DeltaRejected:
            raise UsageError(
                f"scannable {scannable_id!r} exists already; change its settings instead"
            ) from None
        return Scannable(scannable_id, plugin, class_name, dict(settings))

    def set_settings(self, scannable_id: str, settings: Mapping[str, object]) -> int:
        """Replace a scannable's settings and return their new version."""
        text = json.dumps(dict(settings))
        return int(self._one_of(scannable_id, _SET_SETTINGS, {"settings": text}))

    def remove_scannable(self, scannable_id: str) -> None:
        """Forget a scannable; an unknown one is ignored. What it reported stays until removed."""
        self._engine.execute("MATCH (s:Scannable {id: $id}) DELETE s", {"id": scannable_id})

    def report_status(self, scannable_id: str, status: Mapping[str, object], *, epoch: int) -> None:
        """Say how a scannable's session goes.

        Ignored where somebody has taken the scannable since `epoch`, and where it is gone.
        """
        parameters = {"id": scannable_id, "properties": status_properties(status), "epoch": epoch}
        self._engine.execute(_REPORT_STATUS, parameters)

    # Leases

    def held(self, lease_id: str) -> Held:
        """Return who holds a scannable's lease, or one of ours, now."""
        found = self._engine.execute(_HELD, {"id": lease_id})
        if not found:
            raise _not_found(lease_id)
        return Held(**found[0])

    def take_lease(self, lease_id: str, holder: str, *, seen: Held | None = None) -> Lease:
        """Take the right to write a scope from whoever has it.

        With `seen` only from the holder that was seen: raises LeaseLost where another was quicker.
        """

        def take(transaction: Transaction) -> int:
            parameters = {"id": lease_id, "holder": holder, "now": time.time()}
            found = transaction.run(_TAKE, parameters).single()
            if found is None:
                raise _not_found(lease_id)
            epoch = int(found["value"])
            if seen is not None and epoch != seen.epoch + 1:
                raise LeaseLost(
                    f"{holder!r} did not get scope {lease_id!r}, which another has just taken; "
                    "look again who holds it"
                )
            return epoch

        return Lease(lease_id, self._engine.run(take), holder)

    def release(self, lease: Lease) -> None:
        """Let others take a lease at once. Raises LeaseLost when another has it by now."""

        def release(transaction: Transaction) -> None:
            fence(transaction, lease)
            transaction.run(_RELEASE, {"id": lease.scannable_id}).consume()

        self._engine.run(release)

    def beat(self, holder: str) -> None:
        """Say that `holder` is alive, for all the leases it holds."""
        self._engine.execute(_BEAT, {"holder": holder, "now": time.time()})

    def leave(self, holder: str) -> None:
        """Say that `holder` is no more; an unknown one is ignored."""
        self._engine.execute(_LEAVE, {"holder": holder})

    def _one_of(self, scannable_id: str, text: LiteralString, parameters: Parameters) -> Any:  # noqa: ANN401 - a value of the database
        found = self._engine.execute(text, {"id": scannable_id, **parameters})
        if not found:
            raise _not_found(scannable_id)
        return found[0]["value"]


def status_properties(status: Mapping[str, object]) -> dict[str, object]:
    """Return a status as a scannable's node has it: whole, and what operators' queries ask of it.

    What it leaves out is null, which unsets it.
    """
    asked = {name: status.get(name) for name in _ASKED_OF_STATUS}
    return {"status": json.dumps(dict(status))} | asked


def _not_found(scannable_id: str) -> ResourceNotFound:
    return ResourceNotFound(
        f"no scannable is called {scannable_id!r}; `topology scannable list` names them"
    )


def _scannable(found: Mapping[str, Any], beat: float) -> Scannable:
    fields = {name: value for name, value in found.items() if name not in _ASKED_OF_STATUS}
    return Scannable(
        scannable_id=fields.pop("id"),
        settings=json.loads(fields.pop("settings")),
        status=json.loads(fields.pop("status")),
        beat=max(fields.pop("beat"), beat),
        **fields,
    )
