"""The commands that look after a store: backup, restore and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from topology.commands.output import AsJson, plain, print_json, print_table, say
from topology.doctor import examined
from topology.exchange.backup import back_up
from topology.exchange.backup import restore as put_back
from topology.settings import load_settings
from topology.store import open_store

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The backup's own directory.")]


def backup(directory: Directory) -> None:
    """Copy all that the store holds, history too, into a new directory; it stays in use."""
    with open_store(load_settings()) as store:
        revision = back_up(store, directory)
    say(f"revision {revision} is in {directory}; keep the site key too, it is not part of it")


def restore(directory: Directory) -> None:
    """Fill an empty store from a backup, of whichever engine it was."""
    with open_store(load_settings()) as store:
        revision = put_back(store, directory)
    say(f"the store is at revision {revision} again")


def doctor(*, as_json: AsJson = False) -> None:
    """Examine the store and say how to mend what is wrong; exit 1 for warnings, 2 for damage."""
    with open_store(load_settings()) as store:
        findings = examined(store)
    if as_json:
        print_json(
            [{"check": f.check, "grade": f.grade, "said": f.said, "mend": f.mend} for f in findings]
        )
    elif findings:
        rows = [(plain(f.grade), plain(f.check), plain(f"{f.said}; {f.mend}")) for f in findings]
        print_table(["", "Check", "What is wrong, and what to do"], rows)
    else:
        print("nothing is wrong")
    raise typer.Exit(max((f.exit_code for f in findings), default=0))
