"""The command line as a whole: what every command has in common."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from topology.cli import CUT_OFF, build_app, run

LAYOUT = '{"resources": [{"id": "disk", "state": "FAILED"}]}'


def topology(arguments: Sequence[str], *, stdout: int = subprocess.PIPE) -> tuple[int, str]:
    """Return the exit code of the command, and what it said on stderr."""
    command = [sys.executable, "-m", "topology.cli", *arguments]
    done = subprocess.run(command, check=False, stdout=stdout, stderr=subprocess.PIPE, text=True)
    return done.returncode, done.stderr


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_has_gone_is_told_apart_from_every_answer(
    tmp_path: Path, form: list[str]
) -> None:
    """Neither OK nor DEGRADED: `topology evaluate layout.json | head -1` tells nobody a state."""
    layout = tmp_path / "layout.json"
    layout.write_text(LAYOUT, encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)

    code, said = topology(["evaluate", str(layout), *form], stdout=writing)

    os.close(writing)
    assert (CUT_OFF, "") == (code, said)


def test_a_mistake_of_usage_names_the_help_of_its_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And exits 64."""
    code = run(build_app(), ["safe-to-remove", "disk", "--max", "0"])

    said = capsys.readouterr().err
    assert 64 == code
    assert "'--max'" in said
    assert said.endswith("; `topology safe-to-remove --help` says what it takes\n")
