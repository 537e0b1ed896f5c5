"""The code blocks of the guide's pages, and how each is run.

A block with a caption is a file. A Python block without one is run after those before it on its
page. In a console block each line that begins with `$ ` is a command, and what follows is what it
prints, where `...` stands for anything.
"""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from topology.cli import build_app, run

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    caption: str
    """The file it is, empty for none."""
    code: str
    line: int
    """In its page, from 1."""


def pages() -> list[str]:
    """Return the names of the guide's pages in the order they are read."""
    index = (GUIDE / "index.md").read_text(encoding="utf-8")
    listed = re.search(r"```\{toctree\}\n(.*?)```", index, re.DOTALL)
    assert listed is not None
    return ["index", *re.findall(r"^([a-z-]+)$", listed[1], re.MULTILINE)]


def blocks_of(page: str) -> Iterator[Block]:
    """Yield the code blocks of a page."""
    for token in MarkdownIt().parse((GUIDE / f"{page}.md").read_text(encoding="utf-8")):
        if token.type != "fence" or token.map is None:
            continue
        language, _, argument = token.info.strip().partition(" ")
        code, caption = token.content, ""
        if language == "{code-block}":
            language = argument
            if match := re.match(r":caption: (\S+)\n\n?", code):
                caption, code = match[1], code[match.end() :]
        if not language.startswith("{"):
            yield Block(language, caption, code, token.map[0] + 2)


def write_files_until(page: str, folder: Path) -> None:
    """Write the files that a reader has by the end of `page`, the last of each name."""
    names = pages()
    for name in names[: names.index(page) + 1]:
        for block in blocks_of(name):
            if block.caption:
                (folder / block.caption).write_text(block.code, encoding="utf-8")


def run_python(block: Block, page: str, namespace: dict[str, Any]) -> None:
    """Run a block with the line numbers of its page."""
    source = "\n" * (block.line - 1) + block.code
    exec(compile(source, f"{page}.md", "exec"), namespace)  # noqa: S102 - our own guide's


def commands_of(block: Block) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block, and what it is said to print."""
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def run_topology(command: str) -> None:
    """Run a `topology` command in this process."""
    run(build_app(), shlex.split(command)[1:])


def run_pytest(command: str) -> str:
    """Run pytest as an author would, and return what it prints."""
    arguments = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *command.split()[1:]]
    return subprocess.run(arguments, capture_output=True, text=True, check=False).stdout


def difference(expected: str, printed: str) -> str:
    """Return how what was printed differs from what the guide says, empty for not at all."""
    checker = doctest.OutputChecker()
    if checker.check_output(expected, printed, _FLAGS):
        return ""
    return f"the guide says:\n{textwrap.indent(expected, '  ')}\nbut:\n{printed}"
