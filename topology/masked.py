"""A password once it is encrypted: how it is told from others, and what stands for it.

Apart from `topology.site_key`, which can open it: what merely shows values cannot, and needs no
encryption.
"""

from __future__ import annotations

from collections.abc import Mapping

MASKED = "***"
"""What stands for a password wherever people or programs read."""
SEALED = "encrypted"
"""The key under which a setting holds an encrypted password, in place of its value."""


def is_sealed(value: object) -> bool:
    """`value` is what `SiteKey.sealed` made of a password."""
    return isinstance(value, Mapping) and value.keys() == {SEALED}


def masked(values: Mapping[str, object]) -> dict[str, object]:
    """Return `values` as they may be read: "***" in place of what is encrypted."""
    return {name: MASKED if is_sealed(value) else value for name, value in values.items()}
