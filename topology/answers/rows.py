"""Rows of a query as text, written as they arrive: CSV, one JSON document, or a line for each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

Row = Sequence[object]


def csv_of(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield CSV (RFC 4180, but lines end with a line feed), a row at a time, the names first.

    Text stands as it is, nothing for null; whatever else there is stands as JSON.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")

    def line(cells: Iterable[object]) -> str:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(cells)
        return buffer.getvalue()

    if columns:
        yield line(columns)
    for row in rows:
        yield line(map(cell_text, row))


def json_of(
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    limit: int | None,
    cut_off: Callable[[], str] = lambda: "",
) -> Iterator[str]:
    """Yield ``{"columns": [...], "rows": [[...]], "truncated": ...}``, a row at a time.

    At most `limit` rows, all of them where it is None; `truncated` tells whether there were more.
    `cut_off` is asked after the last row whether the rows ended before, and why: a `note` says it.
    """
    yield f'{{"columns": {_json(columns)}, "rows": ['
    is_truncated = False
    for index, row in enumerate(rows):
        if index == limit:
            is_truncated = True
            break
        yield f"{',' if index else ''}\n{_json(row)}"
    note = "" if is_truncated else cut_off()
    told = f', "note": {_json(note)}' if note else ""
    yield f'\n], "truncated": {_json(is_truncated or bool(note))}{told}}}\n'


def json_lines_of(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield a JSON object for each row, by the names of its columns."""
    for row in rows:
        yield f"{_json(dict(zip(columns, row, strict=True)))}\n"


def cell_text(value: object) -> str:
    """Return one value as a cell shows it: "" for null, text as it is, else JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
