"""How an exception of a plugin's code is told to people: its type, its text and where it arose."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

_OURS = Path(__file__).parent
_LIBRARIES = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def described(error: BaseException) -> str:
    """Return an exception's type and text, and the plugin's file and line that it came from."""
    said = error.msg if isinstance(error, SyntaxError) else error
    text = f"{type(error).__name__}: {said}".removesuffix(": ")
    place = place_of(error)
    return f"{text} ({place})" if place else text


def place_of(error: BaseException) -> str:
    """Return the innermost file and line in a plugin that `error` came through, "" for none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}, line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    inner = next((one for one in reversed(frames) if _is_of_a_plugin(one.filename)), None)
    return f"{inner.filename}, line {inner.lineno}" if inner else ""


def _is_of_a_plugin(filename: str) -> bool:
    path = Path(filename)
    if path.is_relative_to(_OURS):
        return path.is_relative_to(_OURS / "plugins")
    is_library = any(path.is_relative_to(one) for one in _LIBRARIES)
    return not is_library and not filename.startswith("<")
