"""`topology evaluate`: judge a layout that a file describes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from topology.commands.output import AsJson, plain, print_json, print_table, state_text
from topology.commands.progress import working
from topology.evaluate import (
    MARGINS_AT_MOST,
    answer_of,
    checked_design_of,
    judged_states,
    read_layout,
    with_failed,
)
from topology.exit_codes import exit_code_of
from topology.impact import Because, Judgement, Margins, judge
from topology.state import Interval, State, worst_first


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A layout, as JSON or YAML.", show_default=False)
    ],
    fail: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Judge as if this resource had failed; repeats."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Judge a layout described in FILE, planned or real; no store is needed."""
    with working(f"reading {str(file)!r}", is_silent=as_json) as tell:
        described = read_layout(file)
        tell(f"judging {len(described.parts):,} resources of {str(file)!r}")
        design = checked_design_of(described, str(file))
        layout = with_failed(described, fail or ())
        judgement = judge(layout, design)
        margins = Margins(layout, design, judgement)
    if as_json:
        print_json(answer_of(judgement, margins))
    else:
        _print_tables(judgement, margins)
    raise typer.Exit(exit_code_of(judged_states(design, judgement)))


def _print_tables(judgement: Judgement, margins: Margins) -> None:
    """Print what is not OK, worst first, and what else than itself ends each resource now."""
    states = sorted(judgement.states.items(), key=lambda one: (*worst_first(one[1]), one[0]))
    troubled = [(uid, state) for uid, state in states if state.high > State.OK]
    if troubled:
        print_table(
            ["State", "Resource", "Because", "Root causes"],
            [_troubled_row(uid, state, judgement.because[uid]) for uid, state in troubled],
        )
    print(f"{len(states) - len(troubled)} of {len(states)} resources are OK.")
    points = list(_point_rows(judgement, margins))
    if points:
        print()
        columns = ["Resource", "Margin", "Ended now by any of", "By design by any of"]
        print_table(columns, points)


def _troubled_row(uid: str, state: Interval, because: Because) -> tuple[str, ...]:
    causes = ", ".join(because.root_causes)
    return (state_text(state), plain(uid), plain(because.rule), plain(causes))


def _point_rows(judgement: Judgement, margins: Margins) -> Iterator[tuple[str, ...]]:
    """Yield what ends each resource, without those that nothing but their own failure ends."""
    is_small = len(judgement.states) <= MARGINS_AT_MOST
    for uid in sorted(judgement.states if is_small else judgement.single_points):
        single = judgement.single_points.get(uid)
        by_design = [one for one in single.by_design if one != uid] if single else []
        new = single.new if single else ()
        if new or by_design or single is None:
            margin = _margin_text(margins, uid)
            yield (plain(uid), margin, plain(", ".join(new)), plain(", ".join(by_design)))


def _margin_text(margins: Margins, uid: str) -> str:
    margin = margins.of(uid)
    if margin.number is None:
        return f"at least {margin.at_least}"
    return str(margin.number)
