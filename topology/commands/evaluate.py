"""`topology evaluate`: judge a layout that a file describes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from topology.evaluate import (
    answer_of,
    checked_design_of,
    judged_states,
    read_layout,
    with_failed,
)
from topology.exit_codes import exit_code_of
from topology.impact import Judgement, judge
from topology.state import State, worst_first


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A layout, as JSON or YAML.", show_default=False)
    ],
    fail: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Judge as if this resource had failed; repeats."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,  # noqa: FBT002
) -> None:
    """Judge a layout described in FILE, planned or real; no store is needed."""
    described = read_layout(file)
    design = checked_design_of(described, str(file))
    layout = with_failed(described, fail or ())
    judgement = judge(layout, design)
    if as_json:
        json.dump(answer_of(judgement), sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        _print_tables(judgement)
    raise typer.Exit(exit_code_of(judged_states(layout, design, judgement)))


def _print_tables(judgement: Judgement) -> None:
    """Print what is not OK, worst first, and what else than itself ends each resource now."""
    # Lines are for people and for grep: only a terminal has a width to keep to.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100_000)
    states = sorted(judgement.states.items(), key=lambda one: (*worst_first(one[1]), one[0]))
    troubled = [(uid, state) for uid, state in states if state.high > State.OK]
    table = _table("STATE", "RESOURCE", "BECAUSE", "ROOT CAUSES")
    for uid, state in troubled:
        because = judgement.because[uid]
        _add_row(table, state.word, uid, because.rule, ", ".join(because.root_causes))
    if troubled:
        console.print(table)
    console.print(f"{len(states) - len(troubled)} of {len(states)} resources are OK.")
    points = _table("RESOURCE", "ENDED NOW BY ANY OF", "BY DESIGN BY ANY OF")
    for uid, single in sorted(judgement.single_points.items()):
        by_design = [component for component in single.by_design if component != uid]
        if single.new or by_design:
            _add_row(points, uid, ", ".join(single.new), ", ".join(by_design))
    if points.row_count:
        console.print()
        console.print(points)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _add_row(table: Table, *cells: str) -> None:
    table.add_row(*(Text(cell) for cell in cells))
