"""The directives `commands` and `routes`: what the command line and the web offer, as they are."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import NoReturn

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from tables import code, prose, table
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from topology.cli import build_app
from web.app import create_app


class Commands(SphinxDirective):
    """A section for each command: what it does, its arguments and its options."""

    def run(self) -> list[nodes.Node]:
        """Return the sections, in the order of `topology --help`."""
        return [
            _section(name, one) for name, one in _commands("topology", get_command(build_app()))
        ]


class Routes(SphinxDirective):
    """A row for each address of `pages` or of the `api`, as the argument says."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        app = create_app(_no_site)
        is_api = self.arguments[0] == "api"
        rows = [
            (code(f"{method} {rule.rule}"), prose(_summary(app.view_functions[rule.endpoint])))
            for rule in app.url_map.iter_rules()
            if rule.endpoint != "static" and is_api == rule.endpoint.startswith("api.")
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
        return [table(("Address", "What it does"), (40, 60), rows)]


def _no_site() -> NoReturn:
    raise LookupError("nothing is asked while the documentation is built")


def _commands(name: str, command: TyperGroup | TyperCommand) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperCommand):
        yield name, command
        return
    for word, one in command.commands.items():
        yield from _commands(f"{name} {word}", one)


def _section(name: str, command: TyperCommand) -> nodes.section:
    found = nodes.section(ids=[nodes.make_id(name)], names=[nodes.fully_normalize_name(name)])
    found += nodes.title("", "", code(name))
    for paragraph in textwrap.dedent(command.help or "").split("\n\n"):
        found += nodes.paragraph("", "", prose(" ".join(paragraph.split())))
    rows = [(code(_spelled(one)), prose(_meaning(one))) for one in command.params]
    if rows:
        found += table(("Argument or option", "Meaning"), (35, 65), rows)
    return found


def _spelled(parameter: TyperArgument | TyperOption) -> str:
    value = str(parameter.metavar or str(parameter.name).upper())
    if isinstance(parameter, TyperArgument):
        return value
    return " ".join([", ".join(parameter.opts), *([] if parameter.is_flag else [value])])


def _meaning(parameter: TyperArgument | TyperOption) -> str:
    text = parameter.help or "A uid, an alias, or a unique label or serial."
    if isinstance(parameter, TyperArgument) or parameter.is_flag or parameter.default is None:
        return text
    return f"{text} By default `{parameter.default}`."


def _summary(view: Callable[..., object]) -> str:
    return (view.__doc__ or "").partition("\n")[0]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("commands", Commands)
    app.add_directive("routes", Routes)
    return {"parallel_read_safe": True}
