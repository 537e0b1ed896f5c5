"""`topology plugin new`: what an author begins with works before a line of it is changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plugin_runtime.commands import app
from topology.cli import run


@pytest.mark.parametrize("options", [[], ["--async"]], ids=["polling", "listening"])
@pytest.mark.parametrize(
    ("name", "prefix"),
    [("kestrel", "Kestrel"), ("my_array", "My"), ("ds_4200x", "Ds4200x")],
)
def test_a_new_plugin_passes_its_check_its_scan_and_its_test(
    name: str,
    prefix: str,
    options: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nothing is left to fill in first, whatever it is called."""
    assert 0 == run(app, ["plugin", "new", name, "--in", str(tmp_path), *options])

    plugin, test = capsys.readouterr().out.split()
    assert [str(tmp_path / f"{name}.py"), str(tmp_path / f"test_{name}.py")] == [plugin, test]
    assert 0 == run(app, ["plugin", "check", plugin])
    assert "" == capsys.readouterr().err
    assert 0 == run(app, ["plugin", "run", plugin, "--set", "address=a1", "--once", "--json"])
    classes = {one["class"] for one in json.loads(capsys.readouterr().out)["resources"]}
    assert {f"{prefix}{one}" for one in ("Array", "Disk", "Pool")} == classes
    pytest_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    done = subprocess.run(pytest_run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout
    assert "3 passed" in done.stdout


def test_the_imports_of_a_new_plugin_are_in_order(tmp_path: Path) -> None:
    """The author's linter has nothing to say of what the author did not write."""
    run(app, ["plugin", "new", "kestrel", "--in", str(tmp_path)])
    run(app, ["plugin", "new", "merlin", "--async", "--in", str(tmp_path)])

    sorting = ["-m", "ruff", "check", "--isolated", "--select", "I", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, *sorting], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert 0 == done.returncode, done.stdout


def test_a_new_plugin_says_nothing_of_the_one_it_is_made_of(tmp_path: Path) -> None:
    """Its name is everywhere the author's."""
    (tmp_path / "listening").mkdir()
    run(app, ["plugin", "new", "kestrel", "--in", str(tmp_path)])
    run(app, ["plugin", "new", "kestrel", "--async", "--in", str(tmp_path / "listening")])

    for path in tmp_path.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "example" not in text.lower()
        assert "KestrelPlugin" in text


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("My-Array", 64, "'My-Array' is no name for a module; say for example 'my_array'"),
        ("class", 64, "'class' is no name for a module; say for example 'class_array'"),
        ("json", 64, "'json' is the name of another module; say for example 'json_array'"),
        ("there", 73, "there.py' is there already; remove it, or choose another name"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_written(
    tmp_path: Path, name: str, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an author has is never overwritten."""
    (tmp_path / "test_there.py").write_text("# mine")

    assert code == run(app, ["plugin", "new", name, "--in", str(tmp_path)])

    assert message in capsys.readouterr().err
    assert ["test_there.py"] == [path.name for path in tmp_path.iterdir()]
    assert "# mine" == (tmp_path / "test_there.py").read_text()
