"""What people install: a wheel, built from the sdist, run where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from journeys.running_demo import PATIENCE_SECONDS, eventually, running_demo

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("plugin_runtime", "topology", "web")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist with what is installed here."""
    out = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(_ROOT))
    assert 1 == len(list(out.glob("*.tar.gz")))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel, and with this one's dependencies."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", str(python))
    _run(*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    # A path that a .pth file adds is not searched for more of them, such as the checkout's.
    (site_packages,) = environment.glob("lib/*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_packages_and_the_licence_alone(wheel: Path) -> None:
    """Templates, style sheets and py.typed are in it, tests are not."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    described = {name for name in held if ".dist-info/" in name}

    assert _files_of_the_packages() == held - described
    assert [name for name in described if name.endswith("/licenses/LICENSE")]


def _files_of_the_packages() -> set[str]:
    return {
        str(path.relative_to(_ROOT))
        for package in _PACKAGES
        for path in (_ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_installed_wheel_serves_every_page_with_its_assets(
    installed: Path, tmp_path: Path
) -> None:
    """One page of each kind that links lead to, and all that any of them loads."""
    asked = "import topology, web; print(topology.__file__, web.__file__, sep='\\n')"
    for place in _run(str(installed), "-c", asked, cwd=tmp_path).splitlines():
        assert Path(place).is_relative_to(installed.parents[1])

    with running_demo(tmp_path, installed) as demo:
        eventually(lambda: "/incidents/" in demo.get("/"))
        kinds = _kinds_reached_from(demo.address)

    assert kinds >= {"", "incidents", "fs", "r", "resources", "static", "api"}


def _kinds_reached_from(address: str) -> set[str]:
    """Fetch one page of each kind, and all static files; an answer other than 200 raises."""
    waiting, fetched, kinds = ["/"], set(), set()
    while waiting:
        place = waiting.pop()
        kind = urlsplit(place).path.split("/")[1]
        if place in fetched or (kind in kinds and kind != "static"):
            continue
        fetched.add(place)
        kinds.add(kind)
        with urlopen(address + place, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310
            assert 200 == answer.status
            if answer.headers.get_content_type() == "text/html":
                waiting += _places_in(answer.read().decode())
    return kinds


def _places_in(html: str) -> list[str]:
    found = _Places()
    found.feed(html)
    return found.places


class _Places(HTMLParser):
    """Collects the addresses on this site that a page links to or loads."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.places += [
            value
            for name, value in attrs
            if name in {"href", "src"} and value is not None and value.startswith("/")
        ]
