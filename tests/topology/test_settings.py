"""Settings come from the environment and one file; what is not known is not passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from topology.errors import UsageError
from topology.settings import load_settings


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A file for the site, a variable for the exception."""
    config = tmp_path / "topology.toml"
    config.write_text('store = "bolt://db:7687"\nstore_user = "ops"\n')

    settings = load_settings(
        {"TOPOLOGY_CONFIG": str(config), "TOPOLOGY_STORE": "bolt://other:7687", "PATH": "/bin"}
    )

    assert (settings.store, settings.store_user) == ("bolt://other:7687", "ops")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"TOPOLOGY_STOR": "x"}, "unknown setting TOPOLOGY_STOR; did you mean TOPOLOGY_STORE?"),
        ({"TOPOLOGY_CONFIG": "/nowhere.toml"}, "cannot read the settings file '/nowhere.toml'"),
    ],
)
def test_a_wrong_name_is_an_error_with_a_suggestion(
    environment: dict[str, str], message: str
) -> None:
    """A misspelled variable must not silently mean the default."""
    with pytest.raises(UsageError) as caught:
        load_settings(environment)

    assert str(caught.value).startswith(message)


def test_a_wrong_name_in_the_file_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    """In the file's own spelling."""
    config = tmp_path / "topology.toml"
    config.write_text('data_dri = "/var/lib/topology"\n')

    with pytest.raises(UsageError, match="unknown setting data_dri; did you mean data_dir"):
        load_settings({"TOPOLOGY_CONFIG": str(config)})


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    """With the parser's own line and column."""
    config = tmp_path / "topology.toml"
    config.write_text("store = \n")

    with pytest.raises(UsageError, match=r"is not TOML: .*line 1"):
        load_settings({"TOPOLOGY_CONFIG": str(config)})


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    """An empty path would mean the directory that one happens to be in."""
    config = tmp_path / "topology.toml"
    config.write_text('plugin_dir = ""\nstore_user = "ops"\n')

    settings = load_settings(
        {"TOPOLOGY_CONFIG": str(config), "TOPOLOGY_DATA_DIR": "", "TOPOLOGY_STORE_USER": ""}
    )

    assert load_settings({}).data_dir == settings.data_dir
    assert (None, "ops") == (settings.plugin_dir, settings.store_user)
