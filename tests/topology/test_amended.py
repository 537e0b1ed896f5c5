"""A changed copy of a mapping is what a changed copy of a dict is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topology import amended as module
from topology.amended import amended

KEYS = st.sampled_from("abcdef")
CHANGES = st.lists(st.dictionaries(KEYS, st.one_of(st.none(), st.integers())), max_size=6)


@given(st.dictionaries(KEYS, st.integers()), CHANGES, st.sampled_from([0, 2, 1000]))
def test_changes_add_replace_and_remove(
    base: dict[str, int], changes: list[dict[str, int | None]], few: int
) -> None:
    """One change after the other, whether it is kept beside the mapping or made one with it."""
    mapping, expected = dict(base), dict(base)
    seen = [(mapping, dict(base))]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", few)
        for change in changes:
            mapping = amended(mapping, change)  # type: ignore[assignment]
            expected = {k: v for k, v in {**expected, **change}.items() if v is not None}
            seen.append((mapping, expected))

    for found, wanted in seen:  # earlier copies stay as they were
        assert wanted == dict(found)
        assert len(wanted) == len(found)
        assert {key: key in wanted for key in "abcdef"} == {key: key in found for key in "abcdef"}
