"""A password is read by the plugin alone: no delta, message or declaration tells it."""

from __future__ import annotations

import pytest

from plugin_runtime import attributes
from plugin_runtime.alert_conditions import ValueCondition
from plugin_runtime.plugin import StoragePlugin
from plugin_runtime.resource import GlobalId, ScannableStorageResource
from plugin_runtime.testing import scan, session_of
from topology.errors import DeclarationError, InvalidValue
from topology.masked import MASKED


class Safe(ScannableStorageResource):
    name = attributes.String()
    password = attributes.Password()
    identifier = GlobalId("name")


class SafePlugin(StoragePlugin[Safe]):
    def initial_scan(self, root: Safe) -> None:
        assert "open sesame" == root.password


def test_the_plugin_reads_clear_text_and_the_graph_gets_three_stars() -> None:
    """What is reported of the root is what anybody may read."""
    delta = scan(SafePlugin, Safe(name="cave", password="open sesame"))

    assert [{"name": "cave", "password": MASKED}] == [
        dict(one.attributes) for one in delta.reported.values()
    ]
    assert delta.classes[0].secret_names == {"password"}


def test_a_new_password_reaches_the_plugin_and_changes_nothing_in_the_graph() -> None:
    """Three stars are three stars, whatever they stand for."""
    session = session_of(SafePlugin, Safe(name="cave", password="open sesame"))
    session.initial_scan()

    delta = session.assign({"password": "changed"})

    assert delta.is_empty
    assert isinstance(session.root, Safe)
    assert "changed" == session.root.password


def test_a_refused_password_is_not_quoted() -> None:
    """The message may end in a log or on a page."""
    with pytest.raises(
        InvalidValue, match=r"^Safe.password must be text, got \*\*\* for Safe\(name='cave'\)$"
    ) as caught:
        Safe(name="cave", password=b"open sesame")

    assert caught.value.__cause__ is None


def test_a_password_identifies_nothing_joins_nothing_and_is_not_watched() -> None:
    """Each would tell it; all mistakes are told at once."""
    with pytest.raises(DeclarationError) as caught:

        class Leak(ScannableStorageResource):
            secret = attributes.Password(provide="key", default=b"x")
            identifier = GlobalId("secret")
            watched = ValueCondition("secret", error=["x"])

    text = str(caught.value)
    assert "Leak.secret must be text, got the default ***" in text
    assert "Leak.secret is secret, so it cannot provide" in text
    assert "Leak.identifier names 'secret', which is secret" in text
    assert "ValueCondition('secret') is on 'secret', which is secret" in text
