"""The commands that ask about a site that is not so: what-if and safe-to-remove."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from topology.answers.bodies import SuppositionBody
from topology.answers.supposing import VERDICT_SENTENCES, supposition_body
from topology.commands.ask import opened_view
from topology.commands.output import AsJson, glyph_text, json_of, plain, print_json, print_table
from topology.errors import UsageError
from topology.exit_codes import exit_code_of
from topology.state import Interval, State
from topology.view import View

_EXIT_CODES = {"SAFE": 0, "SAFE_DEGRADES": 0, "RISKY": 1, "UNSAFE": 2, "UNKNOWN": 3}

Ids = Annotated[list[str] | None, typer.Option(metavar="ID", help="Repeats.")]


def what_if(
    *, fail: Ids = None, service: Ids = None, repair: Ids = None, as_json: AsJson = False
) -> None:
    """Say what would change if these failed, were in service or repaired; nothing is stored."""
    if not (fail or service or repair):
        raise UsageError("nothing to suppose; write --fail ID, --service ID or --repair ID")
    with opened_view() as view:
        answer = supposition_body(
            view,
            fail=_found(view, fail or ()),
            service=_found(view, service or ()),
            repair=_found(view, repair or ()),
        )
        _print(answer, as_json=as_json)
        after = (Interval(State[one.low], State[one.high]) for one in answer.after)
        raise typer.Exit(exit_code_of(after))


def safe_to_remove(
    resource_ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="The parts to pull, all at once.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Say whether every service survives when these parts are pulled together."""
    with opened_view() as view:
        answer = supposition_body(view, service=_found(view, resource_ids))
        if not as_json:
            print(VERDICT_SENTENCES[answer.verdict])
        _print(answer, as_json=as_json)
        if not as_json and answer.safe_together and len(answer.safe_together) < len(resource_ids):
            names = ", ".join(view.name(uid) for uid in answer.safe_together)
            print(f"Safe together: {names}")
        raise typer.Exit(_EXIT_CODES[answer.verdict])


def _found(view: View, texts: Iterable[str]) -> list[str]:
    return [view.find(text) for text in texts]


def _print(answer: SuppositionBody, *, as_json: bool) -> None:
    if as_json:
        print_json(json_of(answer))
        return
    print(answer.sentence)
    if answer.reasons:
        print_table(
            ["Service", "Verdict", "Because it"],
            [(plain(one.label), one.verdict, plain(one.text)) for one in answer.reasons],
        )
    if answer.changed:
        print_table(
            ["Resource", "Class", "Now", "Then", "Rule"],
            [
                (
                    plain(one.label),
                    plain(one.class_name),
                    glyph_text(one.before),
                    glyph_text(one.after),
                    plain(one.rule),
                )
                for one in answer.changed
            ],
        )
