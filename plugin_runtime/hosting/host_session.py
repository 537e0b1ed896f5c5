"""What a plugin host knows of one scannable that it scans."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from plugin_runtime.hosting.messages import Said, Status
from topology.delta import Delta
from topology.store.values import Lease, Scannable


@dataclass
class HostSession:
    """One scannable that this host scans, and what its plugin said of it."""

    scannable: Scannable
    lease: Lease
    scope: str = ""
    """Whose claims its samples are of; known from its first report on."""
    waiting: Delta | None = None
    """Said and not yet applied."""
    status: Status | None = None
    """Said and not yet written, because what belongs to it is not yet applied."""
    told_at: float = field(default_factory=time.monotonic)
    """When it was opened, or last said how it goes."""
    is_settled: bool = False
    """Its first scan has succeeded or failed, and that is in the store."""
    anew_at: float | None = None
    """When to begin it anew, because a report was refused and later ones build on that."""

    def hear(self, said: Said) -> None:
        """Keep what its plugin said until it is applied."""
        if self.anew_at is not None:
            return
        if said.status is not None:
            self.status, self.told_at = said.status, time.monotonic()
        if said.delta is not None:
            self.scope = str(said.delta.scope)
            self.waiting = self.waiting.then(said.delta) if self.waiting else said.delta
