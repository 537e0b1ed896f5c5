"""Numbers as attributes, statistics and conditions accept them."""

from __future__ import annotations

import math
from typing import SupportsFloat, SupportsIndex


def finite(value: object) -> float:
    """Return `value` as a finite float, without a negative zero, or raise with the rule.

    Numbers and text that says one are accepted; booleans are not. Raises ValueError or TypeError.
    """
    if isinstance(value, bool) or not isinstance(value, str | SupportsFloat | SupportsIndex):
        raise TypeError("must be a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("must be a number") from None
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    return number + 0.0
