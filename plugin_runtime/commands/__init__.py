"""The `topology` commands of the plugin runtime."""

from __future__ import annotations

import typer

from plugin_runtime.commands import plugin, scannable
from plugin_runtime.commands.runtime import runtime

app = typer.Typer()
app.command()(runtime)
app.add_typer(plugin.app, name="plugin")
app.add_typer(scannable.app, name="scannable")
