"""Options of a declaration that its class does not have: told with all other mistakes."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import TypedDict

from plugin_runtime.hints import did_you_mean

_COLLECTING = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class NoOptions(TypedDict):
    """What `**misspelt` holds for type checkers: nothing. At run time it keeps misspelt options."""


def misspelt_options(kind: type, given: Iterable[str], common: Iterable[str] = ()) -> Iterator[str]:
    """Yield as half sentences which of the `given` options `kind` lacks, beside `common` ones."""
    own = inspect.signature(kind).parameters.values()
    known = [*(one.name for one in own if one.kind not in _COLLECTING), *common]
    for option in given:
        if option not in known:
            yield f"has no option {option!r}; {did_you_mean(option, known, 'options')}"
