"""The developer's guide is true: every block of it runs, and what is public has its place."""

from __future__ import annotations

import html
import importlib
import inspect
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from docs.guide_blocks import (
    GUIDE,
    blocks_of,
    commands_of,
    difference,
    pages,
    run_pytest,
    run_python,
    run_topology,
    write_files_until,
)
from sphinx.cmd.build import build_main
from typer.main import get_command

from topology.cli import build_app
from topology.settings import Settings
from web.app import create_app

PUBLIC = [
    "plugin_runtime.alert_conditions",
    "plugin_runtime.attributes",
    "plugin_runtime.base_resources",
    "plugin_runtime.plugin",
    "plugin_runtime.relations",
    "plugin_runtime.resource",
    "plugin_runtime.statistics",
    "plugin_runtime.testing",
]
REFERENCE = GUIDE.parent / "reference"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where a reader works: modules of it are imported by name, and forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.mark.parametrize("page", pages())
def test_every_block_of_a_page_runs_and_prints_what_it_says(
    page: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader who types it sees the same."""
    write_files_until(page, folder)
    namespace: dict[str, Any] = {"__name__": "guide"}
    for block in blocks_of(page):
        if block.language == "python" and not block.caption:
            run_python(block, page, namespace)
        for command, expected in commands_of(block) if block.language == "console" else ():
            capsys.readouterr()
            if command.startswith("pytest "):
                printed = run_pytest(command)
            else:
                run_topology(command)
                printed = "".join(capsys.readouterr())
            assert "" == difference(expected, printed), f"{page}.md, line {block.line}: {command}"


@pytest.mark.parametrize("page", pages())
def test_blocks_are_of_a_kind_that_is_run(page: str) -> None:
    """Text is for pictures alone."""
    kinds = {block.language for block in blocks_of(page)}

    assert kinds <= {"python", "console", "text"}


def test_plugins_of_the_guide_are_right_but_for_the_hasty_one(folder: Path) -> None:
    """Each file of it that is a plugin passes its check."""
    write_files_until(pages()[-1], folder)
    loader = importlib.import_module("plugin_runtime.loading.loader")

    wrong = {
        path.name
        for path in folder.glob("*.py")
        if "initial_scan" in path.read_text() and loader.examined(str(path)).mistakes
    }

    assert {"hasty.py"} == wrong


def public_names(module: ModuleType) -> list[str]:
    """Return what authors may import from a module."""
    declared = getattr(module, "__all__", None)
    return declared or [
        name
        for name, one in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(one) or inspect.isfunction(one))
        and one.__module__ == module.__name__
        and not getattr(one, "_is_protocol", False)
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_entry_in_the_reference(name: str) -> None:
    """The page takes in the whole module, and autodoc leaves out what has no docstring."""
    module = importlib.import_module(name)
    page = REFERENCE / f"{name.rpartition('.')[2].replace('_', '-')}.md"

    assert re.search(
        rf"automodule:: {re.escape(name)}\n   :members:$", page.read_text(), re.MULTILINE
    )
    silent = [one for one in public_names(module) if not vars(module)[one].__doc__]
    assert [] == silent


def test_no_module_of_the_runtime_that_authors_import_is_left_out() -> None:
    """What the plugins of the product import from the runtime, the guide documents."""
    root = GUIDE.parents[1] / "plugin_runtime" / "plugins"
    imports = re.compile(r"^from (plugin_runtime(?:\.(?!plugins)\w+)?) import (.+)$", re.MULTILINE)
    used = set()
    for path in root.rglob("*.py"):
        for module, names in imports.findall(path.read_text()):
            if module == "plugin_runtime":
                used |= {f"{module}.{one.strip()}" for one in names.split(",")}
            else:
                used.add(module)

    assert used <= set(PUBLIC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("html")
    assert 0 == build_main(["-W", "-q", "-b", "html", str(GUIDE.parent), os.fspath(folder)])
    return folder


def test_the_reference_has_nothing_that_only_python_reads(built: Path) -> None:
    """No object by its address, no declaration spelled out, no sentence torn at its colon."""
    dumps = re.compile(r" object( at 0x\w+)?>|Declaration\(|^Type:", re.MULTILINE)
    pages = {path.name: path.read_text() for path in (built / "reference").glob("*.html")}
    texts = {name: html.unescape(re.sub(r"<[^>]+>", "", one)) for name, one in pages.items()}

    assert "resource.html" in texts
    assert {} == {name: found[0] for name, one in texts.items() if (found := dumps.search(one))}


def codes(text: str) -> set[str]:
    """Return what stands in a page as code."""
    found = re.findall(r"<code\b[^>]*>(.*?)</code>", text, re.DOTALL)
    return {html.unescape(re.sub(r"<[^>]+>", "", one)) for one in found}


def options_of(name: str, command: Any) -> Iterator[tuple[str, set[str]]]:
    """Yield each command below, as a page names it, and its options."""
    if below := getattr(command, "commands", None):
        for word, one in below.items():
            yield from options_of(f"{name}-{word}", one)
    else:
        options = [one for one in command.params if one.param_type_name == "option"]
        yield name, {spelling for one in options for spelling in one.opts}


def test_every_command_has_a_section_with_each_of_its_options(built: Path) -> None:
    """As the command line offers them."""
    page = (built / "commands.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section id="(topology-[\w-]+)">(.*?)</section>', page, re.DOTALL)
    told = {name: {one.split(" ")[0] for one in codes(text)} for name, text in sections}

    offered = dict(options_of("topology", get_command(build_app())))

    assert offered.keys() == told.keys()
    assert {} == {name: missing for name in told if (missing := offered[name] - told[name])}


def test_every_address_has_a_row(built: Path) -> None:
    """Pages and API, with their methods."""
    told = codes((built / "addresses.html").read_text(encoding="utf-8"))
    offered = {
        f"{method} {rule.rule}"
        for rule in create_app(lambda: pytest.fail("nobody asks")).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }

    assert set() == offered - told


def test_every_setting_has_a_row(built: Path) -> None:
    """In the README, which is the first page."""
    rows = re.findall(r"<tr\b.*?</tr>", (built / "index.html").read_text("utf-8"), re.DOTALL)
    told = {one for row in rows for one in codes(row)}

    assert {f"TOPOLOGY_{one.upper()}" for one in (*Settings.model_fields, "config")} <= told
