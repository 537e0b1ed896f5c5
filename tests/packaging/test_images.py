"""The files for images against the project: what they install, and the one way in they open."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
_REQUIREMENTS = {
    "requirements.txt": _PROJECT["project"]["dependencies"],
    "requirements-build.txt": _PROJECT["build-system"]["requires"],
}
_LOCKED = re.compile(r"^([\w.-]+)==(\S+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE)


@pytest.mark.parametrize("file", _REQUIREMENTS)
def test_what_the_project_requires_is_locked_by_hash_within_its_ranges(file: str) -> None:
    """Else docker/requirements*.txt are to be written anew, as docker/README.md says."""
    text = (_ROOT / "docker" / file).read_text(encoding="utf-8")
    locked = {name: version for name, version, _ in _LOCKED.findall(text)}
    assert len(locked) == len(re.findall(r"^[^#\s]", text, re.MULTILINE))

    for requirement in map(Requirement, _REQUIREMENTS[file]):
        version = locked[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


def test_only_the_proxy_that_asks_for_a_password_is_published() -> None:
    """The pages have no sign-in: they share the proxy's loopback and nothing else of a network."""
    services = yaml.safe_load((_ROOT / "docker" / "compose.yaml").read_text())["services"]
    proxy = (_ROOT / "docker" / "nginx.conf").read_text(encoding="utf-8")

    assert ["proxy"] == [name for name, service in services.items() if "ports" in service]
    assert "service:proxy" == services["web"]["network_mode"]
    assert "auth_basic_user_file /run/secrets/web_passwords;" in proxy
    assert "auth_basic off" not in proxy
