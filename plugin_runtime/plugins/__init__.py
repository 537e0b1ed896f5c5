"""Plugins that come with the product, written against the public API alone."""
