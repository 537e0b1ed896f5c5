"""The commands that ask about a site that is not so: what-if and safe-to-remove."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from topology.answers.supposing import SuppositionBody, safe_words, supposition_body
from topology.commands.ask import opened_view
from topology.commands.output import AsJson, glyph_text, json_of, plain, print_json, print_table
from topology.errors import UsageError
from topology.exit_codes import exit_code_of
from topology.live.view import View
from topology.state import Interval, State

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
        _print(answer, as_json=as_json, marks_expected=bool(service))
        after = (Interval(State[one.low], State[one.high]) for one in answer.after)
        raise typer.Exit(exit_code_of(after))


def safe_to_remove(
    resource_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="The parts to pull, all at once."),
    ] = None,
    *,
    inputs_of: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Ask about every part this one is made of; repeats."),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option("--max", min=1, help="Name at most so many that are safe together."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether every service survives when these parts are pulled together.

    With --max, say which of them may go together, and what that does; the exit code is 0 where one
    or more may.
    """
    with opened_view() as view:
        asked = dict.fromkeys(_found(view, resource_ids or ()))
        for uid in _found(view, inputs_of or ()):
            asked |= dict.fromkeys(view.inputs_of(uid))
        if not asked:
            raise UsageError("nothing to pull; name parts, or --inputs-of what they belong to")
        answer = supposition_body(view, service=list(asked), most=most)
        is_choice = most is not None and len(asked) > 1
        shown = answer
        if is_choice and not as_json:
            print(safe_words(view, answer))
            shown = supposition_body(view, service=answer.safe_together)
        elif not as_json:
            print(answer.verdict_sentence)
        if as_json or shown.alone:
            _print(shown, as_json=as_json, marks_expected=False)
        if not as_json and not is_choice and 1 < len(asked) != len(answer.safe_together):
            print(safe_words(view, answer))
        found_some = most is not None and answer.safe_together
        raise typer.Exit(0 if found_some else _EXIT_CODES[answer.verdict])


def _found(view: View, texts: Iterable[str]) -> list[str]:
    return [view.find(text) for text in texts]


def _print(answer: SuppositionBody, *, as_json: bool, marks_expected: bool) -> None:
    """Print the answer; what service explains is marked where something else may be to blame."""
    if as_json:
        print_json(json_of(answer))
        return
    print(answer.sentence)
    if answer.maintenance and marks_expected:
        print(answer.maintenance)
    if answer.reasons:
        print_table(
            ["Resource", "Verdict", "Because it"],
            [(plain(one.label), one.verdict, plain(one.text)) for one in answer.reasons],
        )
    if answer.changed:
        print_table(
            ["Resource", "Class", "Now", "Then", *(["Expected"] if marks_expected else []), "Rule"],
            [
                (
                    plain(one.label),
                    plain(one.class_name),
                    glyph_text(one.before),
                    glyph_text(one.after),
                    *(["in service" if one.is_expected else ""] if marks_expected else []),
                    plain(one.rule),
                )
                for one in answer.changed
            ],
        )
