"""A resource's statistics on a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from topology.answers.statistics import statistics_body
from topology.commands.numbers import print_statistics
from topology.statistics import Sample, StatisticsStore


def test_a_counter_that_was_sampled_once_says_what_it_waits_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A rate is between two samples; its author looks for it after the first scan."""
    store = StatisticsStore(tmp_path / "statistics.db", clock=lambda: 1_000.0)
    store.append([Sample("lun", "transferred", 990.0, 4096.0, "counter")])
    series = store.series("lun", since=0.0, until=1_000.0)

    print_statistics(statistics_body(series, "lun", (), since=0.0, until=1_000.0))

    (row,) = [line for line in capsys.readouterr().out.splitlines() if "transferred" in line]
    assert row.split(maxsplit=1)[1].strip() == "a rate needs two samples"
