"""What a person at a terminal sees of long work."""

from __future__ import annotations

import io
import sys

import pytest

from topology.commands.progress import working


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_is_told_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes on is named, brackets and all, and what it has come to."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)

    with working("reading [a]") as tell:
        tell("judging [b]")

    assert "judging [b]" in terminal.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_nothing_is_told_where_nobody_looks_or_wants_it(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO
) -> None:
    """Piped messages stay whole lines; with --json a terminal stays quiet too."""
    monkeypatch.setattr(sys, "stderr", stream)

    with working("reading", is_silent=stream.isatty()) as tell:
        tell("judging")

    assert "" == stream.getvalue()
