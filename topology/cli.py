"""The `topology` command: gathers what each package offers and turns errors into exit codes."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import traceback
from importlib.metadata import entry_points
from pathlib import Path

import typer
from typer.exceptions import TyperException

from topology.errors import CannotWrite, TopologyError, UsageError

DEFECT = TopologyError.exit_code
INTERRUPTED = 130
CUT_OFF = 141
"""As a shell says of SIGPIPE: the reader, such as head, has gone, and the answer is not told."""


def build_app() -> typer.Typer:
    """Return the command line, made of the apps in the entry-point group topology.commands."""
    app = typer.Typer(
        name="topology",
        help="What a storage failure hits, and whether a part is safe to pull.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    for offer in sorted(entry_points(group="topology.commands"), key=lambda one: one.name):
        app.add_typer(offer.load())
    return app


def main() -> None:
    """Run the command line. A mistake of the user's is one message on stderr, never a traceback."""
    try:
        app = build_app()
    except KeyboardInterrupt:  # while the commands are loaded, which takes a second
        sys.exit(INTERRUPTED)
    sys.exit(run(app))


def run(app: typer.Typer, arguments: list[str] | None = None) -> int:  # noqa: PLR0911 - one for each way to end
    """Run `app` on `arguments` (None: the process's own) and return its exit code."""
    try:
        code = app(arguments, prog_name="topology", standalone_mode=False)
        sys.stdout.flush()
    except TopologyError as error:
        print(f"topology: {error}", file=sys.stderr)
        return error.exit_code
    except TyperException as error:
        if message := error.format_message().rstrip("."):  # empty where help was printed instead
            context = getattr(error, "ctx", None)
            hint = f"`{context.command_path if context else 'topology'} --help` says what it takes"
            print(f"topology: {message}; {hint}", file=sys.stderr)
        return UsageError.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        return _cut_off()
    except SystemExit as end:  # typer ends so where its reader has gone, with the code for DEGRADED
        if isinstance(end.__context__, BrokenPipeError):
            return _cut_off()
        raise
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return _defect(error)
        print(f"topology: the output cannot be written ({error.strerror})", file=sys.stderr)
        return CannotWrite.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of ours, kept for a report
        return _defect(error)
    return code if isinstance(code, int) else 0


def _cut_off() -> int:
    """Let nothing more be written at the end, where writing would fail once more."""
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the end
    return CUT_OFF


def _defect(error: Exception) -> int:
    print(
        f"topology: this is a defect of ours: {type(error).__name__}: {error}; "
        f"please report it with the file {_kept_traceback()!r}",
        file=sys.stderr,
    )
    return DEFECT


def _kept_traceback() -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="topology-defect-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exc(file=file)
    return file.name


if __name__ == "__main__":
    main()
