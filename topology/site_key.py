"""The site key: passwords of scannables are encrypted with it before they reach the store.

Whoever holds the store, a backup or an export, but not the key file, cannot read them. Every
machine that runs plugins needs the same key.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from topology.errors import CannotWrite, InvalidFile, InvalidValue
from topology.masked import SEALED, is_sealed
from topology.settings import Settings


class SiteKey:
    """Encrypts and decrypts with the key in a file (Fernet: AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, settings: Settings) -> SiteKey:
        """Return the key that the settings name. Nothing is read or made yet."""
        return cls(settings.site_key_file or settings.data_dir / "site.key")

    def sealed(self, values: Mapping[str, object], names: Collection[str]) -> dict[str, object]:
        """Return `values` with those called `names` encrypted; the key is made where there is none.

        What is encrypted already, or no text, stays. Raises CannotWrite, InvalidFile.
        """
        return {
            name: {SEALED: self._cipher(is_new=True).encrypt(value.encode()).decode()}
            if name in names and isinstance(value, str)
            else value
            for name, value in values.items()
        }

    def opened(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return `values` with what is encrypted in clear text.

        Raises InvalidValue, naming the setting, where this is not the key it was encrypted with.
        """
        return {
            name: self._clear(name, value) if is_sealed(value) else value
            for name, value in values.items()
        }

    def _clear(self, name: str, value: object) -> str:
        token = value[SEALED] if isinstance(value, Mapping) else ""
        try:
            return self._cipher(is_new=False).decrypt(str(token)).decode()
        except InvalidToken:
            raise InvalidValue(
                f"the setting {name!r} was encrypted with another key than that in "
                f"{str(self.path)!r}; copy the site's key file there, or set {name} again"
            ) from None

    def _cipher(self, *, is_new: bool) -> Fernet:
        try:
            if is_new and not self.path.exists():
                self._make()
            key = self.path.read_bytes().strip()
        except FileNotFoundError:
            raise InvalidValue(
                f"there is no site key in {str(self.path)!r}, which passwords are encrypted with; "
                "copy it from the machine that has it, or name it in TOPOLOGY_SITE_KEY_FILE"
            ) from None
        except OSError as error:
            raise CannotWrite(
                f"cannot read or make the site key {str(self.path)!r} ({error.strerror}); "
                "check TOPOLOGY_SITE_KEY_FILE and who owns the file"
            ) from None
        try:
            return Fernet(key)
        except ValueError:
            raise InvalidFile(
                f"{str(self.path)!r} is no site key, which has 44 characters of base64; put the "
                "site's key file back there"
            ) from None

    def _make(self) -> None:
        """Write a new key, whole or not at all: of two who make one, one's is kept."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600, exist_ok=False)
        with draft.open("wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, self.path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
