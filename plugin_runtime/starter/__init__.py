"""Writes a plugin that runs, and its test, for an author to begin with.

`example.py` and `test_example.py`, here or in `asynchronous`, are what is written, under another
name.
"""

from __future__ import annotations

import keyword
import re
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from plugin_runtime.attribute import in_words
from topology.errors import CannotWrite, UsageError

_OWN_IMPORTS = re.compile(
    r"\n\nfrom plugin_runtime.starter(?:.asynchronous)? import example\n"
    r"(from plugin_runtime.testing .*)\n"
)
"""For an author the runtime is what is installed, and the plugin his own."""
_LABEL = re.compile(r"Example (disk|pool)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def write_plugin(name: str, folder: Path, *, is_asynchronous: bool) -> tuple[Path, Path]:
    """Write NAME.py and test_NAME.py into `folder`, and return their paths.

    The plugin polls its device, or where `is_asynchronous` listens to it in a thread.

    Raises UsageError for a name that no module can have or another one has, CannotWrite where one
    of the files is there or cannot be written; then neither is.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        near = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
        hint = near.strip("_0123456789") or "kestrel"
        hint = f"{hint}_array" if keyword.iskeyword(hint) else hint
        raise UsageError(f"{name!r} is no name for a module; say for example {hint!r}")
    if name in sys.stdlib_module_names or name in {"topology", "plugin_runtime", "web"}:
        raise UsageError(f"{name!r} is the name of another module; say for example '{name}_array'")
    templates = files(__name__)
    if is_asynchronous:
        templates /= "asynchronous"
    written = [
        (folder / f"{name}.py", templates / "example.py"),
        (folder / f"test_{name}.py", templates / "test_example.py"),
    ]
    for path, _ in written:
        if path.exists():
            raise CannotWrite(f"{str(path)!r} is there already; remove it, or choose another name")
    for path, template in written:
        try:
            path.write_text(_named(template, name), encoding="utf-8")
        except OSError as error:
            raise CannotWrite(f"cannot write {str(path)!r} ({error.strerror})") from None
    return written[0][0], written[1][0]


def _named(template: Traversable, name: str) -> str:
    text = template.read_text(encoding="utf-8")
    words = name.removesuffix("_array").split("_")  # the class of what is scanned has that word
    camel = "".join(word.capitalize() for word in words)
    text = _OWN_IMPORTS.sub(r"\n\1\n\nimport example\n", text)
    text = _LABEL.sub(lambda found: in_words(f"{camel}{found[1].capitalize()}"), text)
    return text.replace("example", name).replace("Example", camel)
