"""What gunicorn loads in each of its workers."""

from __future__ import annotations

from topology.settings import load_settings
from web.app import create_app
from web.following import Following
from web.logs import configure_logs

configure_logs()
following = Following(load_settings())
following.start()
app = create_app(following.site)
