"""The descendant's `alert_conditions`: other names for the values and bounds of each severity.

There, two conditions clash only where they share a severity, so that is part of their ids.
"""

from __future__ import annotations

from collections.abc import Sequence

from plugin_runtime import alert_conditions

__all__ = ["LowerBoundCondition", "UpperBoundCondition", "ValueCondition"]


class ValueCondition(alert_conditions.ValueCondition):
    """Holds while the attribute is in one of the states."""

    def __init__(
        self,
        attribute: str,
        error_states: Sequence[object] = (),
        warn_states: Sequence[object] = (),
        info_states: Sequence[object] = (),
        message: str | None = None,
        id: str | None = None,  # noqa: A002 - what authors write
    ) -> None:
        super().__init__(
            attribute,
            error=list(error_states),
            warning=list(warn_states),
            info=list(info_states),
            message=_literally(message),
            id=_id(id, attribute, error=error_states, warning=warn_states, info=info_states),
        )


class UpperBoundCondition(alert_conditions.UpperBoundCondition):
    """Holds while the number is above a bound."""

    def __init__(
        self,
        attribute: str,
        error_bound: float | None = None,
        warn_bound: float | None = None,
        info_bound: float | None = None,
        message: str | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(
            attribute,
            error=error_bound,
            warning=warn_bound,
            info=info_bound,
            message=_literally(message),
            id=_id(id, attribute, error=error_bound, warning=warn_bound, info=info_bound),
        )


class LowerBoundCondition(alert_conditions.LowerBoundCondition):
    """Holds while the number is below a bound."""

    def __init__(
        self,
        attribute: str,
        error_bound: float | None = None,
        warn_bound: float | None = None,
        info_bound: float | None = None,
        message: str | None = None,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(
            attribute,
            error=error_bound,
            warning=warn_bound,
            info=info_bound,
            message=_literally(message),
            id=_id(id, attribute, error=error_bound, warning=warn_bound, info=info_bound),
        )


def _literally(message: str | None) -> str:
    return (message or "").replace("{", "{{").replace("}", "}}")


def _id(said: str | None, attribute: str, **severities: object) -> str:
    declared = [name for name, value in severities.items() if value is not None and value != ()]
    return "_".join([said or attribute, *declared])
