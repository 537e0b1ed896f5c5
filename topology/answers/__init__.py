"""Answers as JSON: one form for the command line and the API.

``bodies`` says what an answer consists of, ``making`` fills it from a view.
"""
