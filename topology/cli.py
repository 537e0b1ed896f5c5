"""The `topology` command: gathers what each package offers and turns errors into exit codes."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from topology.errors import TopologyError


def build_app() -> typer.Typer:
    """Return the command line, made of the apps in the entry-point group topology.commands."""
    app = typer.Typer(
        name="topology",
        help="What a storage failure hits, and whether a part is safe to pull.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
    )
    for offer in sorted(entry_points(group="topology.commands"), key=lambda one: one.name):
        app.add_typer(offer.load())
    return app


def main() -> None:
    """Run the command line. A mistake of the user's is one message on stderr, never a traceback."""
    try:
        build_app()()
    except TopologyError as error:
        print(f"topology: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
