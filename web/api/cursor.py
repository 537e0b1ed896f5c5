"""Opaque cursors of long lists: where the next page begins."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Sequence

from topology.errors import UsageError


def page_of(uids: Sequence[str], *, after: str, limit: int) -> tuple[Sequence[str], str]:
    """Return one page of `uids`, which are sorted, and the cursor of the next, "" at the end.

    `after` is such a cursor, "" for the first page. What comes and goes between two requests makes
    no other resource appear twice or not at all. Raises UsageError for a cursor that is none.
    """
    start = bisect_right(uids, text_in(after)) if after else 0
    page = uids[start : start + limit]
    is_last = start + limit >= len(uids)
    return page, "" if is_last else cursor_of(page[-1])


def cursor_of(text: str) -> str:
    """Return `text`, which says where a page ended, as a cursor."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def text_in(cursor: str) -> str:
    """Return what `cursor_of` made a cursor of. Raises UsageError for anything else."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise UsageError(
            f"cursor {cursor!r} is not one that this API gave; begin without a cursor"
        ) from None
