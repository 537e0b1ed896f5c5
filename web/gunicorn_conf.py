"""Settings of gunicorn that no option of `topology serve` changes."""

from __future__ import annotations

worker_class = "gthread"
preload_app = False
"""Each worker opens the store for itself: a connection does not survive a fork."""
accesslog = None
loglevel = "warning"
timeout = 60
graceful_timeout = 3
control_socket_disable = True
"""It would listen in the user's home, for all servers of that user."""
limit_request_line = 8190
"""A query of some thousand characters fits into an address that can be shared."""
