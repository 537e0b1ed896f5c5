"""Sphinx configuration: the README, and the reference that docstrings make."""

from importlib.metadata import version as version_of

project = "Chroma topology"
author = "the Chroma topology developers"
version = release = version_of("chroma-topology")
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "alabaster"
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
default_role = "code"
suppress_warnings = [
    "myst.xref_missing",  # the README links files of the checkout
    "ref.python",  # State is documented where authors import it too
]
