"""Tables of docutils, a cell a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docutils import nodes


def table(
    head: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[nodes.Node]]
) -> nodes.table:
    """Return a table under `head`; `widths` are the columns' shares."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=width) for width in widths]
    group += nodes.thead("", _row(nodes.strong(text, text) for text in head))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group)


def code(text: str) -> nodes.literal:
    """Return `text` as code."""
    return nodes.literal(text, text)


def prose(text: str) -> nodes.inline:
    """Return `text`, of which what stands between backticks is code."""
    parts = text.split("`")
    found = nodes.inline()
    found += [code(one) if index % 2 else nodes.Text(one) for index, one in enumerate(parts)]
    return found


def _row(cells: Iterable[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", one)) for one in cells))
