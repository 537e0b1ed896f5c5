"""Shows a person at a terminal that long work goes on, what it is, and for how long by now."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def working(what: str, *, is_silent: bool = False) -> Iterator[Callable[[str], None]]:
    """Show `what` on stderr while the block runs; yield what says it otherwise.

    Nothing is shown where stderr is no terminal, or `is_silent`. It vanishes when the block ends.
    """
    if is_silent or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task(what, total=None)

        def tell(words: str) -> None:
            progress.update(task, description=words)

        yield tell
