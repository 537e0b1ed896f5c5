"""Bodies of what would be, and how a question about a site that is not so becomes one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Literal, cast

from pydantic import Field

from topology.answers.bodies import Body, BriefBody, StateWord
from topology.answers.making import brief_body, moment_of
from topology.answers.what_if import Removal, safe_to_remove, supposed, what_if
from topology.live.view import View, natural
from topology.report import listing, rule_words, state_words

VerdictWord = Literal["SAFE", "SAFE_DEGRADES", "RISKY", "UNSAFE", "UNKNOWN"]

_SAFE_AT_A_COST = "Safe: some redundancy is used up, no more than can be spared."
_FOR_SERVICES: Mapping[VerdictWord, str] = {
    "SAFE": "Safe: no service notices.",
    "SAFE_DEGRADES": _SAFE_AT_A_COST,
    "RISKY": "Risky: a service would be one failure from its end.",
    "UNSAFE": "Not safe: a service would end, or lose a further part.",
    "UNKNOWN": "Unknown: it depends on parts that do not report their state.",
}
_WITHOUT_SERVICES: Mapping[VerdictWord, str] = {
    "SAFE": "Safe: nothing that is known notices.",
    "SAFE_DEGRADES": _SAFE_AT_A_COST,
    "RISKY": "Risky: a resource would be one failure from its end.",
    "UNSAFE": "Not safe: a resource would end, or lose a further part.",
    "UNKNOWN": _FOR_SERVICES["UNKNOWN"],
}
_UNKNOWN: VerdictWord = "UNKNOWN"
_NAMED = 3
"""So many of what is hit stand in the sentence, more are counted."""


class ChangeBody(Body):
    """A resource that would be otherwise than it is."""

    uid: str
    class_name: str = Field(serialization_alias="class")
    label: str
    before: StateWord
    after: StateWord
    rule: str = Field(description="Why it would be so, in words; empty where it would be OK")
    gained: list[str] = Field(description="Single points of failure it would have in addition")
    is_expected: bool = Field(description="What is in service explains its state alone")


class ReasonBody(Body):
    """What one resource has to do with a verdict."""

    resource: str = Field(
        description="Uid of a service; where none is known or notices, of another resource"
    )
    label: str
    verdict: VerdictWord
    text: str


class SuppositionBody(Body):
    """The site as it is and as it would be; nothing of it is stored."""

    sentence: str
    before: list[BriefBody] = Field(description="What people use, as it is")
    after: list[BriefBody] = Field(description="What people use, as it would be")
    changed: list[ChangeBody] = Field(description="Worst after it first, then by name")
    verdict: VerdictWord = Field(description="Is it safe to fail or service these")
    verdict_sentence: str = Field(description="The verdict in words, and what it is about")
    reasons: list[ReasonBody] = Field(description="Worst first")
    alone: dict[str, VerdictWord] = Field(
        description="The verdict on each of them by itself, at worst"
    )
    safe_together: list[str] = Field(description="The largest set of them that is safe")
    is_largest: bool = Field(description="It is proven that no larger set is")
    maintenance: str = Field(description="How much of it service explains; empty without service")
    revision: int
    as_of: str


def supposition_body(
    view: View,
    *,
    fail: Collection[str] = (),
    service: Collection[str] = (),
    repair: Collection[str] = (),
    most: int | None = None,
) -> SuppositionBody:
    """Return the site as it would be with `fail` failed, `service` in service, `repair` sound.

    All are uids. The verdict is on `fail` and `service` together; at most `most` of these are in
    the set that is safe. Cost: what they reach, a few times.
    """
    gone = sorted({*fail, *service})
    answer = what_if(view.assessment, fail=gone, repair=repair)
    then = replace(view, judgement=answer.after.judgement)
    removal = safe_to_remove(view.assessment, gone, most=most)
    expected = _expected(view, then, fail=fail, service=service, repair=repair)
    changed = then.worst_first(answer.changed)
    shown = frozenset(view.filesystems) or view.design.ends
    hit = [uid for uid in changed if uid in shown]
    return SuppositionBody(
        sentence=_sentence(then, changed, hit),
        before=[brief_body(view, uid) for uid in view.ends],
        after=[brief_body(then, uid) for uid in view.ends],
        changed=[_change(view, then, uid, is_expected=uid in expected) for uid in changed],
        verdict=verdict_word(removal),
        verdict_sentence=_verdict_sentence(view, removal),
        reasons=[
            ReasonBody(
                resource=one.resource,
                label=view.name(one.resource),
                verdict=cast("VerdictWord", one.verdict.name),
                text=one.text,
            )
            for one in sorted(
                removal.reasons, key=lambda one: (-one.verdict, natural(view.name(one.resource)))
            )
        ],
        alone={uid: cast("VerdictWord", one.name) for uid, one in removal.alone.items()},
        safe_together=list(removal.safe_together),
        is_largest=removal.is_largest,
        maintenance=_maintenance(view, service, changed, expected),
        **moment_of(view),
    )


def safe_words(view: View, answer: SuppositionBody) -> str:
    """Return how many may go together, and which; where none may, how bad it is to pull one."""
    asked = len(answer.alone)
    if not answer.safe_together:
        risky = sum(one == "RISKY" for one in answer.alone.values())
        worse = f", {asked - risky} worse" if risky < asked else ""
        said = f"alone, {risky} would be risky{worse}" if risky else "not even one alone"
        return f"None of these {asked} is safe to pull: {said}."
    names = ", ".join(view.name(uid) for uid in view.sorted_by_name(answer.safe_together))
    more = "" if answer.is_largest else "; there may be a larger set"
    return f"Safe together: {len(answer.safe_together)} of {asked}: {names}{more}"


def verdict_word(removal: Removal) -> VerdictWord:
    """Return a verdict as people read it."""
    if removal.verdict is None:
        return _UNKNOWN
    return cast("VerdictWord", removal.verdict.name)


def _verdict_sentence(view: View, removal: Removal) -> str:
    word = verdict_word(removal)
    if not view.services:
        said = _WITHOUT_SERVICES[word]
        return f"{said} No service is known, so what nothing else needs is judged."
    apart = [one.resource for one in removal.reasons if one.resource not in view.design.ends]
    if word == "SAFE_DEGRADES" and apart:
        verb = "ends" if len(apart) == 1 else "end"
        return f"Safe for every service, but {listing(view, apart)} {verb}, which none needs."
    return _FOR_SERVICES[word]


def _sentence(then: View, changed: Sequence[str], hit: Sequence[str]) -> str:
    said = [
        f"{then.name(uid)} would be {state_words(then.state(uid)).removeprefix('is ')}."
        for uid in hit[:_NAMED]
    ]
    if len(hit) > _NAMED:
        said.append(f"{len(hit) - _NAMED:,} more would be otherwise.")
    return " ".join(said) or _spared_sentence(then, changed)


def _spared_sentence(then: View, changed: Sequence[str]) -> str:
    """Say that nothing which is judged first of all would be any different."""
    if not then.services:
        return f"{f'Only {listing(then, changed)}' if changed else 'Nothing'} would be otherwise."
    if not then.filesystems:
        return "No service would be any different."
    targets = [uid for uid in changed if uid in then.design.ends]
    but = f", but {listing(then, targets)} would" if targets else ""
    return f"No filesystem would be any different{but}."


def _expected(
    view: View,
    then: View,
    *,
    fail: Collection[str],
    service: Collection[str],
    repair: Collection[str],
) -> Collection[str]:
    """Return what would be no better if nothing but service were the matter."""
    if not service:
        return ()
    if not fail:
        return then.resources.keys()
    alone = supposed(view.assessment, fail=service, repair=repair).judgement.states
    return {uid for uid, state in alone.items() if state.high >= then.state(uid).high}


def _maintenance(
    view: View, service: Collection[str], changed: Sequence[str], expected: Collection[str]
) -> str:
    if not service or not changed:
        return ""
    explained = sum(uid in expected for uid in changed)
    names = listing(view, service)
    verb = "is" if len(set(service)) == 1 else "are"
    if explained == len(changed):
        return f"All of this is expected while {names} {verb} in service."
    return (
        f"{explained} of {len(changed)} changes are expected while {names} {verb} in service; "
        f"{len(changed) - explained} are not."
    )


def _change(view: View, then: View, uid: str, *, is_expected: bool) -> ChangeBody:
    before, after = view.single_points(uid), then.single_points(uid)
    gained = {*after.by_design, *after.new} - {*before.by_design, *before.new}
    return ChangeBody(
        uid=uid,
        class_name=view.resources[uid].class_name,
        label=view.name(uid),
        before=cast("StateWord", view.state(uid).word),
        after=cast("StateWord", then.state(uid).word),
        rule=rule_words(then, uid),
        gained=sorted(gained),
        is_expected=is_expected,
    )
