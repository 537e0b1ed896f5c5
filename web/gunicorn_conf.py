"""Settings of gunicorn that no option of `topology serve` changes."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from typing import Protocol

_COUNTS = tempfile.mkdtemp(prefix="topology-metrics-")
"""Of this server's run alone: counts of an earlier one would never leave it."""
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _COUNTS


class Worker(Protocol):
    """What gunicorn tells of a worker."""

    pid: int


worker_class = "gthread"
preload_app = True
"""Code is loaded once and shared. Each worker opens the store for itself, after its fork."""
accesslog = None
loglevel = "warning"
timeout = 60
graceful_timeout = 3
control_socket_disable = True
"""It would listen in the user's home, for all servers of that user."""
limit_request_line = 8190
"""A query of some thousand characters fits into an address that can be shared."""


def when_ready(server: object) -> None:  # noqa: ARG001 - gunicorn passes it
    """Leave what is loaded where it is: a look of the collector would copy it to each worker."""
    gc.freeze()


def post_fork(server: object, worker: object) -> None:  # noqa: ARG001 - gunicorn passes them
    """Begin to follow the store in a new worker."""
    from web.wsgi import following

    following.start()


def worker_exit(server: object, worker: object) -> None:  # noqa: ARG001 - gunicorn passes them
    """Let another worker publish at once."""
    from web.wsgi import following

    following.stop()


def child_exit(server: object, worker: Worker) -> None:  # noqa: ARG001 - gunicorn passes them
    """Let what a worker has counted stand, and forget what only a living one can say."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: object) -> None:  # noqa: ARG001 - gunicorn passes it
    """Leave nothing behind."""
    shutil.rmtree(_COUNTS, ignore_errors=True)
