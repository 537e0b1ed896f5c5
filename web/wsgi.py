"""What gunicorn loads once, for all of its workers; `gunicorn_conf` lets each of them follow."""

from __future__ import annotations

from topology.logs import configure_logs
from topology.settings import load_settings
from web.app import create_app
from web.following import Following

configure_logs()
following = Following(load_settings())
app = create_app(following.site)
