"""Making much at once without Python's cycle collector, which would look through it over and over.

Resources and parts hold no cycles: they go when nobody has them any more, collector or not.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MANY: Final = 200_000
"""Values, above which looking through them again takes longer than what else is to be done."""


@contextmanager
def uncollected(*, are_kept: bool = False) -> Iterator[None]:
    """Make values while the collector of this process rests.

    Where `are_kept` and they are many, it never looks at them again, nor at what was there before:
    for what is read once and kept as long as the process lives.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        if are_kept and gc.get_count()[0] > _MANY:
            gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
