"""Settings: from the environment and a TOML file, read once at the edge, the environment first."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from topology.errors import UsageError

PREFIX = "TOPOLOGY_"
_NOT_OURS = ("TOPOLOGY_TEST_",)  # the test suite's own


class Settings(BaseModel):
    """Where the graph is and who may reach it. An unknown setting is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    store: str | None = None
    """bolt:// or neo4j:// address, or a directory for the embedded engine; None: `data_dir`."""
    store_user: str = "neo4j"
    """Who writes to a Neo4j server; the embedded engine has users of its own."""
    store_password_file: Path | None = None
    """File whose first line is that user's password; None: no authentication."""
    store_connections: int = Field(default=64, ge=4)
    """How many connections a process keeps to a server at most."""
    store_connect_seconds: float = Field(default=5.0, gt=0)
    """How long one may take to be made."""
    history_days: float = Field(default=90.0, gt=0)
    """How long events are kept, and with them the graph as it was; ``inf`` for ever."""
    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("chroma-topology"))
    """Where everything this machine keeps lies: the embedded store, logs, the local token."""
    site_key_file: Path | None = None
    """File with the key that passwords are encrypted with; None: site.key in `data_dir`."""
    plugin_dir: Path | None = None
    """Where plugins lie beside the installed ones: files, and folders that are packages."""


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in force.

    ``TOPOLOGY_CONFIG`` names a TOML file; every ``TOPOLOGY_<SETTING>`` overrides it. Raises
    UsageError for an unknown name, with the nearest known one, and for a value that does not fit.
    An empty value is none: the setting is as if it were not named there.
    """
    named = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not name.startswith(_NOT_OURS)
    }
    config = named.pop("config", None)
    given = _set_ones(_read(Path(config)) if config else {}) | _set_ones(named)
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise UsageError("; ".join(_complaint(one, named) for one in error.errors())) from None


def _set_ones(named: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out empty values: an empty path would mean the directory one happens to be in."""
    known = Settings.model_fields
    return {name: one for name, one in named.items() if one != "" or name not in known}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"cannot read the settings file {str(path)!r} ({error.strerror}); check TOPOLOGY_CONFIG"
        ) from None
    except ValueError as error:
        raise UsageError(f"{str(path)!r} is not TOML: {error}; mend the file") from None


def _complaint(error: Mapping[str, Any], named: Mapping[str, str]) -> str:
    name = str(error["loc"][0])
    shown = PREFIX + name.upper() if name in named else name
    if error["type"] != "extra_forbidden":
        return f"setting {shown} is {error['input']!r}: {error['msg']}"
    known = [*Settings.model_fields, "config"]
    near = difflib.get_close_matches(name, known, n=1) or known
    return (
        f"unknown setting {shown}; did you mean {' or '.join(_like(shown, one) for one in near)}?"
    )


def _like(shown: str, name: str) -> str:
    return PREFIX + name.upper() if shown.startswith(PREFIX) else name
