"""Passwords rest encrypted: only who has the key file can read them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology.errors import InvalidFile, InvalidValue, TopologyError
from topology.masked import MASKED, masked
from topology.settings import Settings
from topology.site_key import SiteKey

SETTINGS = {"address": "array1", "password": "open sesame", "port": 443}


@given(secret=st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens_to_the_same_text(
    secret: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any text; and the sealed form holds none of it."""
    key = SiteKey(tmp_path_factory.getbasetemp() / "site.key")

    sealed = key.sealed({"password": secret}, {"password"})

    assert {"password": secret} == key.opened(sealed)
    assert {"password": MASKED} == masked(sealed)


def test_only_the_secret_settings_are_sealed_and_only_once(tmp_path: Path) -> None:
    """Setting one thing anew leaves the sealed password of before as it is."""
    key = SiteKey(tmp_path / "deep" / "site.key")

    sealed = key.sealed(SETTINGS, {"password"})

    assert "open sesame" not in str(sealed)
    assert sealed == key.sealed(sealed, {"password"})
    assert SETTINGS | {"password": MASKED} == masked(sealed)


def test_the_key_file_is_its_owners_alone_and_is_made_once(tmp_path: Path) -> None:
    """A second process uses the key of the first."""
    path = Settings(data_dir=tmp_path).data_dir / "site.key"
    sealed = SiteKey.of(Settings(data_dir=tmp_path)).sealed(SETTINGS, {"password"})

    opened = SiteKey.of(Settings(data_dir=tmp_path)).opened(sealed)

    assert SETTINGS == opened
    assert 0o600 == path.stat().st_mode & 0o777
    assert ["site.key"] == [one.name for one in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (None, "there is no site key in"),
        (b"too short", "is no site key, which has 44 characters"),
        (b"A" * 43 + b"=", "the setting 'password' was encrypted with another key than that in"),
    ],
)
def test_without_the_right_key_nothing_is_read_and_the_way_out_is_named(
    tmp_path: Path, key: bytes | None, message: str
) -> None:
    """The file is missing, damaged, or another site's."""
    site_key = SiteKey(tmp_path / "site.key")
    sealed = site_key.sealed(SETTINGS, {"password"})
    site_key.path.unlink()
    if key is not None:
        site_key.path.write_bytes(key)

    with pytest.raises(TopologyError) as caught:
        site_key.opened(sealed)

    assert message in str(caught.value)
    assert isinstance(caught.value, InvalidValue | InvalidFile)
