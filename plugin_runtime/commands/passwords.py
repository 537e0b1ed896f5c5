"""Passwords among the settings on a command line, which everybody on the machine can read.

So that none need stand there, `password=@FILE` takes the file's first line, and `password=-` the
next line of standard input; at a terminal it is asked for, and not shown.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import typer

from plugin_runtime.resource import StorageResource
from topology.errors import UsageError

_ASK = "-"
_FILE = "@"


def told(settings: Mapping[str, object], secret: Collection[str]) -> dict[str, object]:
    """Return `settings` with what `-` and `@FILE` stand for where one is `secret`.

    Raises UsageError, naming the setting, where there is nothing to read.
    """
    return {
        name: _told(name, value) if name in secret and isinstance(value, str) else value
        for name, value in settings.items()
    }


def all_told(
    settings: Mapping[str, object], root_class: type[StorageResource], *, option: str = ""
) -> dict[str, object]:
    """Return what `settings` of a new scannable stand for, as `told` does.

    A mandatory password that is left out is asked for too, where there is a terminal. Raises
    UsageError where what is needed is left out; `option` is what a setting is written after. What
    the class does not declare is for the session to refuse.
    """
    declaration = root_class.declaration
    secret = {name for name, one in declaration.attributes.items() if one.is_secret}
    is_known = settings.keys() <= declaration.attributes.keys()
    lacking = [one for one in declaration.needed_settings if is_known and one.name not in settings]
    asked = [one.name for one in lacking if one.is_secret and sys.stdin.isatty()]
    if left := [one for one in lacking if one.name not in asked]:
        raise UsageError(declaration.lacks(left, option=option))
    return {**told(settings, secret), **{name: _asked(name) for name in asked}}


def _told(name: str, value: str) -> str:
    if value == _ASK:
        return _asked(name) if sys.stdin.isatty() else _line(name, sys.stdin.readline(), "stdin")
    if not value.startswith(_FILE):
        return value
    path = value.removeprefix(_FILE)
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{name} cannot be read from {path!r} ({error}); write {name}=@FILE with a text file, "
            "whose first line it is"
        ) from None
    return _line(name, text, repr(path))


def _line(name: str, text: str, source: str) -> str:
    """Return the first line of `text`."""
    line = text.partition("\n")[0].removesuffix("\r")
    if not line:
        raise UsageError(f"{name} cannot be read from {source}: its first line is empty")
    return line


def _asked(name: str) -> str:
    return str(typer.prompt(name, hide_input=True, err=True))
