"""Back from a resource's trouble to where it begins, and which repair alone improves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from topology.answers.causes import sole_causes
from topology.impact import path
from topology.report import sole_causes_sentence, trouble_words
from topology.state import OK
from web.format import StateMark, mark_of, when_text
from web.pages.rows import Named, named
from web.site import Site

_MOST = 12
"""More root causes than this are counted, and no repair of them is tried."""
_REPAIRED: Mapping[bool | None, str] = {True: "improves it", False: "is not enough", None: ""}


@dataclass(frozen=True, slots=True)
class CauseRow:
    """One root cause."""

    cause: Named = field(metadata={"help": "Which resource"})
    own: StateMark = field(metadata={"help": "Its own state"})
    trouble: str = field(metadata={"help": "What is wrong with it, and since when"})
    way: tuple[Named, ...] = field(metadata={"help": "How its trouble came, without both ends"})
    repair: str = field(metadata={"help": "What its repair alone does; empty where not tried"})


@dataclass(frozen=True, slots=True)
class RootCauses:
    """All that a resource's trouble begins with."""

    rows: tuple[CauseRow, ...] = field(default=(), metadata={"help": "Worst first"})
    unlisted: int = field(default=0, metadata={"help": "How many more there are"})
    sentence: str = field(default="", metadata={"help": "Which repair alone improves it"})


def root_causes_of(site: Site, uid: str) -> RootCauses:
    """Return where the trouble of a resource begins, other than in itself alone.

    Cost: what each of the listed causes reaches.
    """
    view = site.known
    because = view.judgement.because.get(uid)
    if because is None or because.root_causes == (uid,):
        return RootCauses()
    causes = because.root_causes
    is_tried = len(causes) <= _MOST
    soles = sole_causes(view.assessment, uid) if is_tried else dict.fromkeys(causes)
    return RootCauses(
        rows=tuple(
            CauseRow(
                cause=Named(one, view.name(one)),
                own=mark_of(view.resources[one].own_state),
                trouble=_trouble(site, one),
                way=named(view, path(view.judgement, one, uid)[1:-1]),
                repair=_REPAIRED[soles[one]],
            )
            for one in causes[:_MOST]
        ),
        unlisted=max(0, len(causes) - _MOST),
        sentence=sole_causes_sentence(view, uid, soles),
    )


def _trouble(site: Site, uid: str) -> str:
    resource = site.known.resources[uid]
    words = trouble_words(site.known, uid)
    if resource.own_state == OK:
        return words
    return f"{words}, since {when_text(resource.own_since, now=site.now)}"
