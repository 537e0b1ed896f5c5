"""Passwords need not stand on a command line: they come from files, standard input or a prompt."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from plugin_runtime.commands import app
from plugin_runtime.commands.passwords import told
from topology.cli import run
from topology.errors import UsageError

_SECRET = "open sesame"  # noqa: S105 - what the plugin below expects
_PLUGIN = f"""
from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableStorageResource


class Cave(ScannableStorageResource):
    name = attributes.String(default="cave")
    password = attributes.Password()
    identifier = GlobalId("name")


class CavePlugin(StoragePlugin[Cave]):
    def initial_scan(self, root: Cave) -> None:
        if root.password != {_SECRET!r}:
            raise ConnectionError("it stays closed")
        self.log.info("it opens")
"""


@pytest.fixture
def cave(tmp_path: Path) -> str:
    path = tmp_path / "cave.py"
    path.write_text(_PLUGIN, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("text", [_SECRET, f"{_SECRET}\n", f"{_SECRET}\r\nand a second line\n"])
def test_a_password_is_read_from_the_first_line_of_a_file(
    cave: str, tmp_path: Path, text: str
) -> None:
    """As other tools keep them."""
    file = tmp_path / "secret"
    file.write_text(text, encoding="utf-8", newline="")

    assert 0 == run(app, ["plugin", "run", cave, "--set", f"password=@{file}", "--once"])


def test_a_password_is_read_from_standard_input(cave: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a script, say, that fetched it elsewhere."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{_SECRET}\n"))

    assert 0 == run(app, ["plugin", "run", cave, "--set", "password=-", "--once"])


def test_without_a_terminal_a_password_that_is_left_out_is_an_error(
    cave: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is there to be asked, and standard input was not given for that."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{_SECRET}\n"))

    assert 0 != run(app, ["plugin", "run", cave, "--once"])
    assert (
        "Cave needs the setting 'password'; write --set password=@FILE" in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            None,
            r"password cannot be read from .*secret' \(.*No such file.*\); write password=@FILE",
        ),
        (b"", "its first line is empty"),
        (b"\nsecret", "its first line is empty"),
        (b"\xff\xfe", "write password=@FILE with a text file"),
    ],
)
def test_a_file_without_a_password_is_named(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    """And what is in it is not quoted."""
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(UsageError, match=message):
        told({"password": f"@{file}"}, {"password"})


def test_other_settings_are_what_they_say() -> None:
    """A hyphen or an at-sign means nothing in them."""
    settings = {"failed": "-", "name": "@home"}

    assert settings == told(settings, {"password"})
