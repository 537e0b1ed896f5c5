"""Packed mappings are the mappings they were made of."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology.packed import packed

MAPPINGS = st.dictionaries(st.text(max_size=3), st.none() | st.integers(), max_size=6)


@given(MAPPINGS, MAPPINGS)
def test_it_equals_what_it_was_made_of_and_nothing_else(
    one: Mapping[str, int | None], other: Mapping[str, int | None]
) -> None:
    """Names, values and their order; a dict on either side."""
    assert list(one.items()) == list(packed(one).items())
    assert (one == other) == (packed(one) == other) == (one == packed(other))


def test_a_name_it_does_not_have_is_a_key_error() -> None:
    """As with a dict; a value of None is there."""
    mapping = packed({"slot": None})

    assert "slot" in mapping
    assert 7 == mapping.get("bay", 7)
    with pytest.raises(KeyError, match="bay"):
        mapping["bay"]
