"""How an exception of a plugin's code is told to people: its type, its text and where it arose."""

from __future__ import annotations

import builtins
import re
import sys
import sysconfig
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from plugin_runtime.hints import nearest

_OURS = Path(__file__).parent
_LIBRARIES = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_IMPORTED = re.compile(r"cannot import name '(\w+)'")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in a plugin's source, and where."""

    text: str
    file: str = ""
    """Empty where no one place is wrong."""
    line: int = 0

    def __str__(self) -> str:
        path = Path(self.file)
        file = str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else self.file
        place = f"{file}, line {self.line}" if self.line else file
        return f"{place}: {self.text}" if place else self.text


def mistake_of(error: BaseException, file: str = "") -> Mistake:
    """Return an exception as a mistake at the place it came from, else in `file`."""
    place, line = _place(error) or (file, 0)
    return Mistake(_told(error), place, line)


def described(error: BaseException) -> str:
    """Return an exception's type and text, and the plugin's file and line that it came from."""
    place = place_of(error)
    return f"{_told(error)} ({place})" if place else _told(error)


def _told(error: BaseException) -> str:
    said = error.msg if isinstance(error, SyntaxError) else error
    text = f"{type(error).__name__}: {said}".removesuffix(": ")
    near = _nearest(error)
    return f"{text}; did you mean {near!r}?" if near else text


def _nearest(error: BaseException) -> str:
    """Return the name that was probably meant, "" for none."""
    name: str = ""
    known: Iterable[str] = ()
    match error:
        case NameError() if error.name and error.__traceback__:
            frame = [frame for frame, _ in traceback.walk_tb(error.__traceback__)][-1]
            name, known = error.name, {*frame.f_locals, *frame.f_globals, *vars(builtins)}
        case AttributeError() if error.name and error.obj is not None:
            name, known = error.name, dir(error.obj)
        case ImportError() if error.name and (imported := _IMPORTED.match(str(error))):
            module = sys.modules.get(error.name)
            name, known = imported[1], dir(module) if module else ()
    public = [one for one in known if name.startswith("_") or not one.startswith("_")]
    return nearest(name, public)


def place_of(error: BaseException) -> str:
    """Return the innermost file and line in a plugin that `error` came through, "" for none."""
    place = _place(error)
    return f"{place[0]}, line {place[1]}" if place else ""


def standing_of(thread_ident: int | None) -> str:
    """Return the innermost file and line in a plugin at which a thread stands now, "" for none."""
    frame = sys._current_frames().get(thread_ident or 0)  # noqa: SLF001 - documented all the same
    while frame is not None:
        if _is_of_a_plugin(frame.f_code.co_filename):
            return f"{frame.f_code.co_filename}, line {frame.f_lineno}"
        frame = frame.f_back
    return ""


def refused_at(error: BaseException) -> str:
    """Return the plugin's file and line that called what raised; "" where it raised it itself."""
    inner = traceback.extract_tb(error.__traceback__)[-1:]
    return place_of(error) if not any(_is_of_a_plugin(one.filename) for one in inner) else ""


def _place(error: BaseException) -> tuple[str, int] | None:
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    inner = next((one for one in reversed(frames) if _is_of_a_plugin(one.filename)), None)
    return (inner.filename, inner.lineno or 1) if inner else None


def _is_of_a_plugin(filename: str) -> bool:
    path = Path(filename)
    if path.is_relative_to(_OURS):
        return path.is_relative_to(_OURS / "plugins")
    is_library = any(path.is_relative_to(one) for one in _LIBRARIES)
    return not is_library and not filename.startswith("<")
