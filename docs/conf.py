"""Sphinx configuration: the README, the guide, and the reference that docstrings make."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "Chroma topology"
author = "the Chroma topology developers"
version = release = version_of("chroma-topology")
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "builtin_classes",
    "commands_and_routes",
]
myst_enable_extensions = ["deflist"]
html_theme = "alabaster"
# Code of 100 columns, and tables of six, are read whole.
html_theme_options = {"page_width": "1280px", "body_max_width": "none"}
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
default_role = "code"
suppress_warnings = [
    "myst.xref_missing",  # the README links files of the checkout
    "misc.highlighting_failure",  # Pygments knows only part of Cypher
    "ref.python",  # State is documented where authors import it too
]
