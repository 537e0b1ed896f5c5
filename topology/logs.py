"""How every long-running process logs: one JSON object a line on stderr."""

from __future__ import annotations

import sys

import structlog
from structlog.typing import Processor


def configure_logs(*also: Processor) -> None:
    """Set up structlog for this process; each line passes through the processors `also` too.

    Tracebacks never hold the values of variables.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *also,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
