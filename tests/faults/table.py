"""What the fault tests have done, for the summary at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faults.load import Load

TABLE: list[str] = []


def passed(what: str, engine: str, load: Load) -> None:
    """Say that a load came through; `assert_sound` has found nothing lost or torn."""
    TABLE.append(
        f"{what}, {engine}: {len(load.acknowledged)} changes acknowledged, "
        f"{load.unavailable} times unavailable, 0 lost, 0 torn, equal to a fresh scan"
    )
