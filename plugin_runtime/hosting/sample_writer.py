"""Samples on their way from sessions to the store of statistics, which lies beside the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from topology.errors import CannotWrite
from topology.statistics import Sample, StatisticsStore

log = structlog.get_logger(__name__)


class SampleWriter:
    """Samples that wait until the claims they are of are in the graph.

    `held_as` gives the uid under which the graph has what a scope reported under a uid.
    """

    def __init__(self, statistics: StatisticsStore, held_as: Callable[[str, str], str]) -> None:
        self._statistics = statistics
        self._held_as = held_as
        self._waiting: list[tuple[str, Sample]] = []
        self._problem = ""

    def take(self, scope: str, samples: Iterable[Sample]) -> None:
        """Keep the samples of a scope's claims until `write`."""
        self._waiting += ((scope, one) for one in samples)

    def write(self) -> None:
        """Write what waits; where that fails it is lost, which is logged once, and nothing else."""
        if not self._waiting:
            return
        try:
            self._statistics.append(
                replace(one, uid=self._held_as(one.uid, scope)) for scope, one in self._waiting
            )
            self._problem = ""
        except CannotWrite as error:
            if not self._problem:
                log.warning("samples are lost", problem=str(error))
            self._problem = str(error)
        self._waiting.clear()
