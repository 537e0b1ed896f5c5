"""What health_check says: of the server as a whole, and of each of its devices."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

HEALTHY = "healthy"
CRASHED = "LBUG"
"""What a Lustre says that has stopped over a defect of its own."""
_SUMMARY = "NOT HEALTHY"
_DEVICE = re.compile(r"device ([!-~]+) reported unhealthy")


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Everything health_check said."""

    said: str | None
    """Its lines, as it wrote them; None where it said nothing that is known."""
    unhealthy: frozenset[str]
    """The names of the devices that it calls unhealthy."""
    clears_others: bool
    """Whatever it does not name is healthy."""
    warnings: tuple[str, ...]


def health_check_of(values: Iterable[str]) -> HealthCheck:
    """Return what all values of the parameter say together.

    It names every unhealthy device before its summary, but /sys/fs/lustre gives the summary alone.
    So a summary without names clears nobody, and names without the summary may not be all.
    """
    lines = dict.fromkeys(line.strip() for value in values for line in value.splitlines())
    named = [match[1] for line in lines if (match := _DEVICE.fullmatch(line))]
    known = [line for line in lines if _is_known(line)]
    strange = [line for line in lines if line and line not in known]
    troubles = [line for line in known if line != HEALTHY]
    return HealthCheck(
        said="; ".join(troubles or known) or None,
        unhealthy=frozenset(named),
        clears_others=bool(known if not troubles else named and _SUMMARY in known)
        and CRASHED not in known,
        warnings=tuple(f"health_check says {line!r}, which is not known" for line in strange),
    )


def _is_known(line: str) -> bool:
    return line in (HEALTHY, _SUMMARY, CRASHED) or _DEVICE.fullmatch(line) is not None
