"""The statistics store: numbers over time, in one SQLite file, never in the graph.

Samples are added up into steps of three widths as they come. Narrow steps are kept for hours, wide
ones for a year, so the file stays small and any span reads quickly.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from topology.errors import CannotWrite
from topology.settings import Settings

Kind = Literal["gauge", "counter", "histogram"]
SampleValue = float | tuple[float, ...]
"""A histogram's has one number for each bin."""

_HOUR, _DAY = 3_600, 86_400
STEPS = ((10, 6 * _HOUR), (300, 14 * _DAY), (_HOUR, 400 * _DAY))
"""Width of each step and how long it is kept, in seconds, the narrowest first."""
_PRUNE_SECONDS = _HOUR
_BUSY_SECONDS = 5.0
_MOST_POINTS = 400

_PRAGMAS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
_SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS series (
    id INTEGER PRIMARY KEY, uid TEXT NOT NULL, statistic TEXT NOT NULL, kind TEXT NOT NULL,
    last_at REAL, last_total REAL, UNIQUE (uid, statistic)
)""",
    """
CREATE TABLE IF NOT EXISTS point (
    series INTEGER NOT NULL, step INTEGER NOT NULL, begin INTEGER NOT NULL,
    total REAL NOT NULL, weight REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL,
    bins TEXT NOT NULL, PRIMARY KEY (series, step, begin)
) WITHOUT ROWID""",
)
_HAS_TABLES = "SELECT 1 FROM sqlite_master WHERE name = 'series'"
_ADD_POINT = """
INSERT INTO point (series, step, begin, total, weight, low, high, bins)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (series, step, begin) DO UPDATE SET
    total = total + excluded.total, weight = weight + excluded.weight,
    low = min(low, excluded.low), high = max(high, excluded.high), bins = excluded.bins
"""
_POINTS = """
SELECT begin, total / weight, low, high, bins FROM point
WHERE series = ? AND step = ? AND begin > ? AND begin <= ?
ORDER BY begin
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of one statistic at one moment."""

    uid: str
    statistic: str
    at: float
    """Epoch seconds."""
    value: SampleValue
    """Of a counter, the total so far."""
    kind: Kind = "gauge"


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a series: of a gauge its values, of a counter its rate per second."""

    at: int
    """Epoch second at which the step begins."""
    mean: float
    low: float
    high: float
    bins: tuple[float, ...] = ()
    """Of a histogram the last one of the step, all else being 0."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is kept of one statistic within a span."""

    statistic: str
    kind: Kind
    step_seconds: int
    points: tuple[Point, ...]
    """By time; steps without a sample are left out."""


class StatisticsStore:
    """The file. Safe from any thread and process; each call opens it for itself."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self._pruned_at = -math.inf

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the store of the data directory. It is made when the first sample is added."""
        return cls(settings.data_dir / "statistics.db")

    def append(self, samples: Iterable[Sample]) -> None:
        """Add samples, all or none; what is older than a counter's last one is left out.

        What is too old to be kept goes, once an hour. Raises CannotWrite, for a full disk as well.
        """
        with self._writing() as connection:
            for sample in samples:
                _append(connection, sample)
            if self._clock() - self._pruned_at >= _PRUNE_SECONDS:
                self._pruned_at = self._clock()
                _prune(connection, self._pruned_at)

    def series(
        self, uid: str, *, since: float | None = None, until: float | None = None
    ) -> tuple[Series, ...]:
        """Return every statistic of a resource, by name, over a span: by default the last hour.

        The steps are the narrowest that make at most about 400 points; `since` is exclusive, in
        whole steps, and `until` inclusive. Nothing where no sample was ever taken.
        """
        end = self._clock() if until is None else until
        begin = end - _HOUR if since is None else since
        step = _step_for(begin, end, self._clock())
        if not self.path.exists():
            return ()
        try:
            with closing(self._connection()) as connection:
                if connection.execute(_HAS_TABLES).fetchone() is None:
                    return ()  # another process is about to commit the first sample
                found = connection.execute(
                    "SELECT id, statistic, kind FROM series WHERE uid = ? ORDER BY statistic",
                    (uid,),
                )
                return tuple(
                    Series(name, kind, step, _points(connection, number, step, begin, end))
                    for number, name, kind in found.fetchall()
                )
        except sqlite3.Error as error:
            raise CannotWrite(
                f"cannot read the statistics in {str(self.path)!r} ({error}); move the file away "
                "and a new one is begun"
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                self.path.touch(mode=0o600)
            with closing(self._connection()) as connection:
                connection.executescript(_PRAGMAS)
                connection.execute("BEGIN IMMEDIATE")
                for statement in _SCHEMA:  # with the first sample, so that nobody sees half of it
                    connection.execute(statement)
                yield connection
                connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise CannotWrite(
                f"cannot write statistics to {str(self.path)!r} ({error}); make room, or move a "
                "damaged file away"
            ) from None

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)


def _step_for(begin: float, end: float, now: float) -> int:
    fitting = (
        step for step, kept in STEPS if (end - begin) / step <= _MOST_POINTS and now - begin <= kept
    )
    return next(fitting, STEPS[-1][0])


def _points(
    connection: sqlite3.Connection, series: int, step: int, begin: float, end: float
) -> tuple[Point, ...]:
    rows = connection.execute(_POINTS, (series, step, begin - step, end))
    return tuple(
        Point(at, mean, low, high, tuple(json.loads(bins))) for at, mean, low, high, bins in rows
    )


def _append(connection: sqlite3.Connection, sample: Sample) -> None:
    series, last_at, last_total = _series_of(connection, sample)
    bins: tuple[float, ...] = ()
    total, weight = 0.0, 1.0
    if isinstance(sample.value, tuple):
        bins = sample.value
    elif sample.kind == "counter":
        connection.execute(
            "UPDATE series SET last_at = ?1, last_total = ?2 "
            "WHERE id = ?3 AND ?1 > coalesce(last_at, 0)",
            (sample.at, sample.value, series),
        )
        if last_at is None or last_total is None or sample.at <= last_at:
            return
        # A total that is less than before began again from nothing.
        total = sample.value - last_total if sample.value >= last_total else sample.value
        weight = sample.at - last_at
    else:
        total = sample.value
    level = total / weight
    connection.executemany(
        _ADD_POINT,
        [
            (
                series,
                step,
                int(sample.at // step) * step,
                total,
                weight,
                level,
                level,
                json.dumps(bins),
            )
            for step, _ in STEPS
        ],
    )


def _series_of(
    connection: sqlite3.Connection, sample: Sample
) -> tuple[int, float | None, float | None]:
    """Return a series' number, and when and at which total its counter stood last."""
    found = connection.execute(
        "SELECT id, kind, last_at, last_total FROM series WHERE uid = ? AND statistic = ?",
        (sample.uid, sample.statistic),
    ).fetchone()
    if found is not None and found[1] != sample.kind:  # its author made something else of it
        connection.execute("DELETE FROM point WHERE series = ?", (found[0],))
        connection.execute("DELETE FROM series WHERE id = ?", (found[0],))
        found = None
    if found is not None:
        return int(found[0]), found[2], found[3]
    made = connection.execute(
        "INSERT INTO series (uid, statistic, kind) VALUES (?, ?, ?)",
        (sample.uid, sample.statistic, sample.kind),
    )
    return int(made.lastrowid or 0), None, None


def _prune(connection: sqlite3.Connection, now: float) -> None:
    for step, kept in STEPS:
        connection.execute("DELETE FROM point WHERE step = ? AND begin < ?", (step, now - kept))
    connection.execute(
        "DELETE FROM series WHERE coalesce(last_at, 0) < ? "
        "AND NOT EXISTS (SELECT 1 FROM point WHERE series = series.id)",
        (now - STEPS[-1][1],),
    )
