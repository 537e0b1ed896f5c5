"""The `topology` commands of the plugin runtime."""

from __future__ import annotations

import typer

from plugin_runtime import plugin_command, scannable_command
from plugin_runtime.runtime_command import runtime

app = typer.Typer()
app.command()(runtime)
app.add_typer(plugin_command.app, name="plugin")
app.add_typer(scannable_command.app, name="scannable")
