"""A password typed at a terminal: not shown there, kept encrypted, and the plugin's in clear."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest
from journeys.running_demo import PATIENCE_SECONDS, command, environment

from topology.settings import Settings
from topology.site_key import SiteKey
from topology.store import open_store

_FIRST, _SECOND = "open-sesame-1", "open-sesame-2"
_PLUGIN = """
from plugin_runtime import attributes
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableStorageResource


class Cave(ScannableStorageResource):
    name = attributes.String()
    password = attributes.Password()
    identifier = GlobalId("name")


class CavePlugin(StoragePlugin[Cave]):
    def initial_scan(self, root: Cave) -> None:
        pass
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A site with one installed plugin."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "cave.py").write_text(_PLUGIN, encoding="utf-8")
    return tmp_path


def typed(data_dir: Path, arguments: list[str], password: str) -> str:
    """Run a topology command at a terminal, type the password it asks for; return what is seen."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "topology.cli", *arguments],
        env=environment(data_dir),
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    with terminal:
        terminal.expect("password: ")
        asked = f"{terminal.before}{terminal.after}"
        assert not terminal.getecho()
        terminal.sendline(password)
        terminal.expect(pexpect.EOF)
        seen = f"{asked}{terminal.before}"
    assert 0 == terminal.exitstatus, seen
    return seen


def kept(data_dir: Path) -> object:
    """Return the one scannable's password as the store has it."""
    with open_store(Settings(data_dir=data_dir)) as store:
        (cave,) = store.scannables()
    return cave.settings["password"]


def files_with(text: str, data_dir: Path) -> list[Path]:
    """Return the files that have the text in them, whatever they are."""
    files = [one for one in data_dir.rglob("*") if one.is_file()]
    return [one for one in files if text.encode() in one.read_bytes()]


def test_a_typed_password_is_seen_nowhere_but_by_the_plugin(data_dir: Path) -> None:
    """Left out of `add` it is asked for; `set` asks where it is given as a hyphen."""
    added = typed(data_dir, ["scannable", "add", "Cave", "name=east"], _FIRST)
    first = kept(data_dir)

    changed = typed(data_dir, ["scannable", "set", "Cave", "password=-", "--json"], _SECOND)

    second = kept(data_dir)
    listed = command(data_dir, "scannable", "list").out
    key = SiteKey.of(Settings(data_dir=data_dir))
    assert [{"password": _FIRST}, {"password": _SECOND}] == [
        key.opened({"password": one}) for one in (first, second)
    ]
    assert "password=***" in listed
    for secret in (_FIRST, _SECOND):
        assert secret not in f"{added}{changed}{listed}"
        assert [] == files_with(secret, data_dir)
