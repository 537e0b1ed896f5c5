"""What a plugin logs is kept for whoever looks at its scannable."""

from __future__ import annotations

from plugin_runtime.hosting.log_lines import LogLine, LogLines
from plugin_runtime.testing import FakeClock


def test_a_line_is_kept_with_what_it_was_given_by_its_scannable() -> None:
    """Plugin and scannable are known where it is read; debug lines are the author's own."""
    lines = LogLines(FakeClock(5.0))

    lines(None, "debug", {"event": "asked", "scannable": "a"})
    lines(None, "info", {"event": "started", "pid": 7})
    line = {"event": "slow answer", "plugin": "kestrel", "scannable": "a", "seconds": 3}
    passed_on = lines(None, "warning", line)

    assert (LogLine(5.0, "warning", "slow answer seconds=3"),) == lines.of("a")
    assert () == lines.of("b")
    assert line == passed_on


def test_only_the_last_lines_are_kept_and_none_is_long() -> None:
    """A plugin that logs without end fills no memory and no page."""
    lines = LogLines(FakeClock(5.0))

    for number in range(50):
        lines(None, "info", {"event": f"{number} " + "x" * 1000, "scannable": "a"})

    kept = lines.of("a")
    assert ["40", "49"] == [kept[0].text.split()[0], kept[-1].text.split()[0]]
    assert {300} == {len(one.text) for one in kept}
