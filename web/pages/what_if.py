"""The What-if page: the site as it would be if parts failed, were in service, or were repaired."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from topology.amended import amended
from topology.answers.supposing import (
    ChangeBody,
    SuppositionBody,
    VerdictWord,
    safe_words,
    supposition_body,
)
from topology.answers.what_if import supposed
from topology.errors import ResourceNotFound, UsageError
from topology.live.view import View
from topology.model import Resource
from topology.report import worst
from topology.state import EXACTLY, OK, Interval, State, interval_of, worst_first
from web.drawing import PAGE_WIDTH, Drawing, drawing_of
from web.format import StateMark, mark_of
from web.pages.rows import Crowd, Named, crowds_of, named
from web.picture import picture_of
from web.site import Site

MOST_PARTS = 50
"""More parts than this are no question a person asks."""
_CHANGES = 200
_FRAME = 46
"""Pixels of width that the striped frame takes."""
_FAILED = EXACTLY[State.FAILED]
_VERDICT_STATES: Mapping[VerdictWord, str] = {
    "SAFE": "OK",
    "SAFE_DEGRADES": "DEGRADED",
    "RISKY": "CRITICAL",
    "UNSAFE": "FAILED",
    "UNKNOWN": "UNKNOWN",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is supposed, as a person wrote it: ids of any kind."""

    fail: tuple[str, ...] = field(default=(), metadata={"help": "These fail too"})
    service: tuple[str, ...] = field(default=(), metadata={"help": "These are pulled"})
    repair: tuple[str, ...] = field(default=(), metadata={"help": "These are sound again"})
    inputs_of: tuple[str, ...] = field(default=(), metadata={"help": "Their inputs are pulled"})
    most: int | None = field(default=None, metadata={"help": "So many that are safe together"})

    @property
    def is_empty(self) -> bool:
        """Nothing is supposed."""
        return not (self.fail or self.service or self.repair or self.inputs_of)

    def found_in(self, view: View) -> Question:
        """Return the same question with uids, and with inputs in place of what they are of.

        Raises ResourceNotFound for an id that names none, or several, and UsageError for more than
        `MOST_PARTS`, and for inputs of what has none.
        """
        _check_number(len(self.fail) + len(self.service) + len(self.repair) + len(self.inputs_of))
        fail, service, repair, owners = (
            dict.fromkeys(map(view.find, texts))
            for texts in (self.fail, self.service, self.repair, self.inputs_of)
        )
        for owner in owners:
            if not (inputs := view.inputs_of(owner)):
                raise UsageError(
                    f"{view.name(owner)} depends on nothing, so it has no inputs to pull; "
                    "name what is made of others"
                )
            service |= dict.fromkeys(inputs)
        _check_number(len(fail) + len(service) + len(repair))
        return Question(tuple(fail), tuple(service), tuple(repair), most=self.most)

    def only(self, parts: Collection[str]) -> Question:
        """Return the same question in which nothing but `parts` goes."""
        fail, service = (
            tuple(one for one in these if one in parts) for these in (self.fail, self.service)
        )
        return Question(fail, service, self.repair)


def _check_number(parts: int) -> None:
    if parts > MOST_PARTS:
        raise UsageError(
            f"{parts} parts are supposed at once; ask about {MOST_PARTS} at most, "
            "or about what they share"
        )


@dataclass(frozen=True, slots=True)
class Supposed:
    """One part of the question, in words."""

    parts: tuple[Named, ...] = field(metadata={"help": "Which parts"})
    words: str = field(metadata={"help": "What happens to them: fail, are pulled, are repaired"})


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """What one resource has to do with the verdict."""

    resource: Named = field(metadata={"help": "Which"})
    mark: StateMark = field(metadata={"help": "How bad that is, as a state"})
    text: str = field(metadata={"help": "What happens to it"})


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One resource that would be otherwise."""

    resource: Named = field(metadata={"help": "Which"})
    class_label: str = field(metadata={"help": "Its class in words"})
    before: StateMark = field(metadata={"help": "Its state now"})
    after: StateMark = field(metadata={"help": "Its state then"})
    rule: str = field(metadata={"help": "Why; empty where it would be OK"})
    gained: tuple[Crowd, ...] = field(metadata={"help": "New single points of failure of it"})
    is_expected: bool = field(metadata={"help": "What is in service explains it alone"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be."""

    mark: StateMark = field(metadata={"help": "The worst state of what people use, then"})
    verdict: StateMark | None = field(metadata={"help": "As a state; None if nothing is lost"})
    verdict_words: str = field(metadata={"help": "Is it safe, in a sentence"})
    reasons: tuple[ReasonRow, ...] = field(metadata={"help": "For the verdict, worst first"})
    more_reasons: int = field(metadata={"help": "How many of these are not listed"})
    safe_together: tuple[Named, ...] = field(metadata={"help": "What could go, if not all can"})
    maintenance: str = field(metadata={"help": "What service explains; empty without service"})
    changes: tuple[ChangeRow, ...] = field(metadata={"help": "Worst then first, then by name"})
    more_changes: int = field(metadata={"help": "How many of these are not listed"})
    drawing: Drawing | None = field(metadata={"help": "The worst part's impact path, then"})
    drawn: str = field(metadata={"help": "Whose path that is"})


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    """templates/what_if.html: a question, and the site as it would be."""

    template: ClassVar[str] = "what_if.html"

    title: str = field(metadata={"help": "The answer in one line"})
    question: Question = field(metadata={"help": "As it was put, for the form"})
    problem: str = field(metadata={"help": "Why there is no answer, else empty"})
    supposed: tuple[Supposed, ...] = field(metadata={"help": "The question with names"})
    answer: Answer | None = field(metadata={"help": "None where nothing was asked"})
    chosen: str = field(default="", metadata={"help": "Which go of those that were asked about"})

    @classmethod
    def of(cls, site: Site, question: Question, *, unfolded: Collection[str]) -> WhatIfPage:
        """Answer from the snapshot; nothing is stored. Cost: what is supposed reaches.

        Raises UsageError for a question too large to answer.
        """
        if question.is_empty:
            return cls("What would happen if parts failed?", question, "", (), None)
        view = site.known
        try:
            asked = question.found_in(view)
        except ResourceNotFound as error:
            return cls("That cannot be answered.", question, str(error), (), None)
        body = _body(view, asked)
        chosen = ""
        if asked.most is not None and len({*asked.fail, *asked.service}) > 1:
            chosen = safe_words(view, body)
            asked = asked.only(body.safe_together)
            if asked.is_empty:
                return cls(chosen, question, "", (), None)
            body = _body(view, asked)
        return cls(
            title=body.sentence,
            question=question,
            problem="",
            supposed=_supposed(view, asked),
            answer=_answer(site, asked, body, unfolded),
            chosen=chosen,
        )


def _body(view: View, asked: Question) -> SuppositionBody:
    return supposition_body(
        view, fail=asked.fail, service=asked.service, repair=asked.repair, most=asked.most
    )


def most_in(text: str) -> int | None:
    """Return at most how many parts may go, None where `text` is empty.

    Raises UsageError for what is no number from 1 to `MOST_PARTS`.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_PARTS):
        raise UsageError(f"max is {text!r}; write a number from 1 to {MOST_PARTS}")
    return int(text)


def _supposed(view: View, asked: Question) -> tuple[Supposed, ...]:
    said = (
        (asked.fail, "fails", "fail"),
        (asked.service, "is pulled", "are pulled"),
        (asked.repair, "is repaired", "are repaired"),
    )
    return tuple(
        Supposed(named(view, uids), one if len(uids) == 1 else many)
        for uids, one, many in said
        if uids
    )


def _answer(
    site: Site, asked: Question, body: SuppositionBody, unfolded: Collection[str]
) -> Answer:
    view = site.known
    gone = (*asked.fail, *asked.service)
    then = _then(view, asked)
    drawn = _worst_cause(then, gone)
    affected = then.affected_by(drawn) if drawn else ()
    picture = picture_of(then, drawn, affected, unfolded=unfolded) if affected else None
    is_safe_in_part = 0 < len(body.safe_together) < len(set(gone))
    return Answer(
        mark=mark_of(worst(then, then.filesystems or then.ends)),
        verdict=_mark(_VERDICT_STATES[body.verdict]) if gone else None,
        verdict_words=body.verdict_sentence,
        reasons=tuple(
            ReasonRow(Named(one.resource, one.label), _mark(_VERDICT_STATES[one.verdict]), one.text)
            for one in body.reasons[:_CHANGES]
        ),
        more_reasons=max(0, len(body.reasons) - _CHANGES),
        safe_together=named(view, body.safe_together) if is_safe_in_part else (),
        maintenance=body.maintenance,
        changes=tuple(_change(site, one) for one in body.changed[:_CHANGES]),
        more_changes=max(0, len(body.changed) - _CHANGES),
        drawing=(
            drawing_of(replace(site, view=then), picture, width=PAGE_WIDTH - _FRAME)
            if picture
            else None
        ),
        drawn=view.name(drawn) if drawn else "",
    )


def _change(site: Site, change: ChangeBody) -> ChangeRow:
    return ChangeRow(
        resource=Named(change.uid, change.label),
        class_label=site.class_label(site.known.resources[change.uid]),
        before=_mark(change.before),
        after=_mark(change.after),
        rule=change.rule,
        gained=crowds_of(site, change.gained),
        is_expected=change.is_expected,
    )


def _mark(word: str) -> StateMark:
    return mark_of(interval_of(word))


def _then(view: View, asked: Question) -> View:
    """Return the site as it would be. Cost: what the question reaches."""
    gone = (*asked.fail, *asked.service)
    after = supposed(view.assessment, fail=gone, repair=asked.repair)
    own = dict.fromkeys(asked.repair, OK) | dict.fromkeys(gone, _FAILED)
    resources = {uid: _with_own(view.resources[uid], state) for uid, state in own.items()}
    return replace(
        view,
        resources=amended(view.resources, resources),
        layout=after.layout,
        judgement=after.judgement,
        assessment=after,
    )


def _with_own(resource: Resource, own: Interval) -> Resource:
    claims = {scope: replace(one, own_state=own) for scope, one in resource.claims.items()}
    return replace(resource, claims=claims, missing_since=None)


def _worst_cause(then: View, gone: Sequence[str]) -> str:
    """Return which of `gone` does the worst to what people use, "" where there is none."""

    def harm(uid: str) -> tuple[object, ...]:
        affected = then.affected_by(uid)
        services = [one for one in affected if one in then.design.ends]
        return (*worst_first(worst(then, services)), -len(affected))

    return min(gone, key=harm, default="")
