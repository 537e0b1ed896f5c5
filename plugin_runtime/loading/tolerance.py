"""Runs a plugin's module to its end whatever fails in it, so that every mistake is told at once.

Each statement at the top of the module and of its classes is guarded. What fails is noted, and
later statements that fail for want of its name alone are not.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import CodeType
from typing import TypeVar

from plugin_runtime.attribute import Attribute
from plugin_runtime.faults import Mistake, mistake_of

_NOTED = "__noted__"
_NO_ATTRIBUTES = frozenset({"identifier", "groups", "alert_conditions", "charts", "label"})
"""Names in a class that hold no attribute."""
S = TypeVar("S", ast.Module, ast.ClassDef)


class Notebook:
    """What failed while modules ran."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._unbound: set[str] = set()

    @property
    def is_anything_lost(self) -> bool:
        """Something that the module was to define is missing for a mistake that is noted."""
        return bool(self._unbound)

    @property
    def names(self) -> Mapping[str, object]:
        """What tolerant code calls, by name."""
        return {_NOTED: self._note}

    def tolerant_code(self, source: bytes, path: str) -> CodeType:
        """Return a module's code; nothing, and a note, where the source is no Python."""
        try:
            tree = ast.parse(source, path)
        except (SyntaxError, ValueError) as error:
            self.mistakes.append(mistake_of(error, path))
            tree = ast.Module([], [])
            self._unbound.add("")
        guarded = ast.fix_missing_locations(_guarded_body(tree))
        return compile(guarded, path, "exec", dont_inherit=True)

    def _note(self, *names: str) -> Attribute[object]:
        """Note the exception being handled; the names its statement binds are lost."""
        error = sys.exception()
        if error is None:
            raise RuntimeError("nothing has failed")
        if not isinstance(error, Exception | SystemExit):
            raise error  # Ctrl-C
        is_known = isinstance(error, NameError) and error.name in self._unbound
        self._unbound.update(names)
        if not is_known:
            self.mistakes.append(mistake_of(error))
        return _LostAttribute()


class _LostAttribute(Attribute[object]):
    """Stands where an attribute's declaration failed: it may have any value."""

    def validate(self, value: object) -> object:
        """Return the value."""
        return value


def _guarded_body(scope: S) -> S:
    body: list[ast.stmt] = []
    for statement in scope.body:
        if isinstance(statement, ast.ClassDef):
            _guarded_body(statement)
        body.append(
            statement
            if _must_stay(statement)
            else _guarded(statement, is_in_class=isinstance(scope, ast.ClassDef))
        )
    scope.body = body
    return scope


def _must_stay(statement: ast.stmt) -> bool:
    """It cannot fail, and is a docstring or a word to the compiler."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _guarded(statement: ast.stmt, *, is_in_class: bool) -> ast.Try:
    names = list(_bound_by(statement))
    note: ast.expr = ast.Call(
        ast.Name(_NOTED, ast.Load()), [ast.Constant(name) for name in names], []
    )
    noted: ast.stmt = ast.Expr(note)
    if is_in_class and _is_of_an_attribute(statement, names):
        noted = ast.Assign([ast.Name(names[0], ast.Store())], note)
    guard = ast.Try([statement], [ast.ExceptHandler(None, None, [noted])], [], [])
    return ast.copy_location(guard, statement)


def _is_of_an_attribute(statement: ast.stmt, names: Sequence[str]) -> bool:
    is_assignment = isinstance(statement, ast.Assign | ast.AnnAssign)
    return is_assignment and len(names) == 1 and names[0] not in _NO_ATTRIBUTES


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield statement.name
        case ast.Import() | ast.ImportFrom():
            for alias in statement.names:
                yield alias.asname or alias.name.partition(".")[0]
        case _:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    yield node.id
