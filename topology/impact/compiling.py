"""From a layout to its plan: the columns of every part, gathered, ordered and arranged.

Parts that stay from one layout to the next keep their numbers and their columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from topology.gates import Rules
from topology.impact.arrays import Codes, Ints
from topology.impact.layout import InputGroup, Layout, Part
from topology.impact.order import ordered
from topology.impact.plan import BY_RULES, IDENTITY_MAP, Columns, Plan
from topology.impact.tally import tolerated
from topology.state import State


def plan_of(layout: Layout) -> Plan:
    """Compile a layout. O(parts + links)."""
    rows = _Compiling()
    for uid in layout.parts:
        rows.number(uid)
    for part in layout.parts.values():
        rows.add(part)
    return _arranged(layout, rows, rows.columns())[0]


def patched(plan: Plan, layout: Layout, parts: Mapping[str, Part | None]) -> tuple[Plan, Ints]:
    """Compile `layout`, in which `parts` differ from what `plan` was compiled from.

    Parts that stay keep their numbers. Also returned: by member, where it was before, -1 where it
    is new. O(parts + links), but in arrays.
    """
    rows = _Compiling(plan)
    changed = [rows.number(uid) for uid in parts]
    for uid, part in parts.items():
        if part is None:
            rows.forget(uid)
    for part in parts.values():
        if part is not None:
            rows.add(part)
    is_changed = np.zeros(len(rows.uids), np.bool_)
    is_changed[changed] = True
    rows.rules |= {key: group for key, group in plan.rules.items() if not is_changed[key[0]]}
    kept, held = plan.groups.picked(np.flatnonzero(~is_changed[plan.groups.part]))
    columns = kept.joined(rows.columns())
    new, moved = _arranged(layout, rows, columns)
    before = np.full(len(columns.source), -1, np.intp)
    before[: len(held)] = held
    return new, before[moved]


class _Compiling:
    """Gathers the columns of parts, one after the other."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.uids: list[str] = [] if plan is None else list(plan.order.uids)
        self.index: dict[str, int] = {} if plan is None else dict(plan.order.index)
        self.can_fail: list[bool] = [] if plan is None else plan.can_fail.tolist()
        self.is_service: list[bool] = [] if plan is None else plan.is_service.tolist()
        self.map_rows = {IDENTITY_MAP: 0} if plan is None else dict(plan.map_rows)
        self.rules: dict[tuple[int, int], InputGroup] = {}
        self._groups: list[tuple[int, int, int, int, int, int]] = []
        self._sources: list[int] = []
        self._maps: list[int] = []

    def number(self, uid: str) -> int:
        """Return the number of the part, a new one where it has none."""
        number = self.index.setdefault(uid, len(self.uids))
        if number == len(self.uids):
            self.uids.append(uid)
            self.can_fail.append(False)
            self.is_service.append(False)
        return number

    def forget(self, uid: str) -> None:
        number = self.index.pop(uid)
        self.can_fail[number] = self.is_service[number] = False

    def add(self, part: Part) -> None:
        """Add a part, all of whose inputs have numbers."""
        index = self.index
        at = index[part.uid]
        self.can_fail[at], self.is_service[at] = part.can_fail, part.is_service
        for number, group in enumerate(part.groups):
            if isinstance(group.gate, Rules):
                self.rules[at, number] = group
                may_fail = BY_RULES
            else:
                may_fail = tolerated(group)
            members = group.members
            size = len(members)
            self._groups.append((at, number, size, max(0, group.size - size), may_fail, group.cap))
            self._sources.extend([index[source] for source in members])
            self._maps.extend(self._rows_of(part, members) if part.maps else [0] * size)

    def columns(self) -> Columns:
        part, number, size, missing, may_fail, cap = (
            np.array(self._groups, np.intp).reshape(-1, 6).T
        )
        return Columns(
            part=part,
            number=number,
            size=size,
            missing=missing,
            may_fail=may_fail,
            cap=cap.astype(np.uint8),
            source=np.array(self._sources, np.intp),
            seen_as=np.array(self._maps, np.intp),
        )

    def maps(self) -> Codes:
        return np.array(list(self.map_rows), np.uint8).reshape(-1, len(State))

    def _rows_of(self, part: Part, members: Iterable[str]) -> list[int]:
        rows = self.map_rows
        return [rows.setdefault(part.map_of(source).seen, len(rows)) for source in members]


def _arranged(layout: Layout, rows: _Compiling, columns: Columns) -> tuple[Plan, Ints]:
    """Return the plan, and by member where it stood in `columns`."""
    order = ordered(
        tuple(rows.uids),
        rows.index,
        columns.source,
        np.repeat(columns.part, columns.size),
        lambda uid: layout.parts[uid],
    )
    rank = order.rank[columns.part]
    last = int(order.rank.max(initial=0)) + 1
    in_cycle = np.zeros(len(rows.uids), np.bool_)
    in_cycle[list(order.cycle_places)] = True
    rank = np.where(in_cycle[columns.part], last, rank)
    arranged, members = columns.picked(np.lexsort((columns.number, columns.part, rank)))
    ends = np.cumsum(np.bincount(rank, minlength=last)).tolist()
    plan = Plan(
        order=order,
        can_fail=np.array(rows.can_fail, np.bool_),
        is_service=np.array(rows.is_service, np.bool_),
        groups=arranged,
        maps=rows.maps(),
        rules=rows.rules,
        ranks=tuple(zip([0, *ends], ends, strict=False))[:last],
        map_rows=rows.map_rows,
    )
    return plan, members
