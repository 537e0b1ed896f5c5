"""What gunicorn loads in each of its workers."""

from __future__ import annotations

from topology.logs import configure_logs
from topology.settings import load_settings
from web.app import create_app
from web.following import Following

configure_logs()
following = Following(load_settings())
following.start()
app = create_app(following.site)
