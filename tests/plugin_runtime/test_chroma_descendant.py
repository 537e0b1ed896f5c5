"""Plugins written for Chroma's descendant: declared by an inner class Meta, run unchanged."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugin_runtime.loading.loader import LoadedPlugin, examined, load_plugin
from plugin_runtime.testing import Scanned, scan, scanned
from topology.errors import InvalidValue, PluginError
from topology.model import LinkKind

IMPORTS = """
    from chroma_core.lib.storage_plugin.api import alert_conditions, attributes, identifiers
    from chroma_core.lib.storage_plugin.api import plugin, relations, resources, statistics
    from chroma_core.lib.storage_plugin.api.identifiers import ScopedId

    version = 1
"""
CLASSES = """
    def obscured(password):
        return password[::-1]


    class Cabinet(resources.ScannableResource):
        class Meta:
            identifier = identifiers.AutoId()
            label = "Storage cabinet"

        address = attributes.Hostname()
        password = attributes.Password(obscured)
        firmware = attributes.String(optional=True, user_read_only=True)


    class Brain(resources.Controller):
        class Meta:
            identifier = ScopedId("index")

        index = attributes.Enum(0, 1)


    class Drive(resources.PhysicalDisk):
        class Meta:
            identifier = ScopedId("serial_number")
            alert_conditions = [
                alert_conditions.ValueCondition(
                    "health", error_states=["dead"], message="Replace {this}"
                ),
                alert_conditions.ValueCondition("health", warn_states=["tired"]),
                alert_conditions.UpperBoundCondition("celsius", warn_bound=50, id="hot"),
                alert_conditions.LowerBoundCondition("celsius", warn_bound=5, id="cold"),
            ]
            charts = [{"title": "Heat", "series": ["celsius"]}]

        serial_number = attributes.String()
        health = attributes.Enum("fine", "tired", "dead", default="fine")
        bay = attributes.Integer(min_val=1, max_val=12)
        celsius = statistics.Gauge(units="C")
        latency = statistics.BytesHistogram(bins=[(0, 512), (513, 1024), (1025,)], label="Sizes")


    class Group(resources.StoragePool):
        class Meta:
            identifier = ScopedId("number")

        number = attributes.Integer()

        def get_label(self):
            return self.number


    class Lun(resources.LogicalDrive):
        class Meta:
            identifier = ScopedId("number")
            relations = [
                relations.Provide(
                    provide_to=("linux", "ScsiDevice"), attributes=["serial"], ignorecase=True
                )
            ]

        number = attributes.Integer()
        serial = attributes.String()


    class Export(resources.Resource):
        class Meta:
            identifier = ScopedId("number", "port")
            relations = [relations.Subscribe(subscribe_to=Lun, attributes=["number"])]

        number = attributes.Integer()
        port = attributes.String()


    class Node(resources.DeviceNode):
        class Meta:
            identifier = ScopedId("host_id", "path")


    class Route(resources.PathWeight):
        class Meta:
            identifier = ScopedId("path")
            relations = [
                relations.Provide(provide_to=resources.DeviceNode, attributes=["host_id", "path"])
            ]

        host_id = attributes.Integer()
        path = attributes.String()
"""
PLUGIN = """
    class CabinetPlugin(plugin.Plugin):
        def initial_scan(self, root):
            self.seen = root.password
            self.brain, _ = self.update_or_create(Brain, parents=[root], index=0)
            self.drives = [
                self.update_or_create(
                    Drive, serial_number="d%d" % bay, bay=bay, parents=[self.brain]
                )[0]
                for bay in (1, 2)
            ]
            self.group, is_new = self.update_or_create(Group, parents=self.drives[:1], number=7)
            self.lun, _ = self.update_or_create(
                Lun, parents=[self.group], number=3, serial="6000AB", size=5
            )
            self.update_or_create(Export, number=3, port="p1")
            self.update_or_create(Node, host_id=4, path="/dev/sda")
            self.update_or_create(Route, host_id=4, path="/dev/sda", weight=1)

        def update_scan(self, root):
            change(self)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> LoadedPlugin:
    return loaded(tmp_path, CLASSES, PLUGIN)


def loaded(folder: Path, *parts: str) -> LoadedPlugin:
    return load_plugin(written(folder, *parts))


def written(folder: Path, *parts: str) -> str:
    path = folder / "cabinet.py"
    path.write_text("\n".join(map(textwrap.dedent, (IMPORTS, *parts))), encoding="utf-8")
    return str(path)


def root_of(plugin: LoadedPlugin) -> Any:
    return plugin.root_class()(address="cab1", password="geheim")


def site_of(plugin: LoadedPlugin, change: Callable[[Any], object] = lambda _: None) -> Scanned:
    module = sys.modules[plugin.plugin_class.__module__]
    vars(module)["change"] = change
    return scanned(plugin.plugin_class, root_of(plugin))


def test_a_whole_plugin_runs_unchanged(plugin: LoadedPlugin) -> None:
    """Nothing of today's classes that the old ones did not have is mandatory."""
    site = site_of(plugin)

    assert [
        "Storage cabinet cab1",
        "Brain 0",
        "Drive d1",
        "Drive d2",
        "7",
        "Lun 3",
        "Export 3/p1",
        "Node 4//dev/sda",
        "Route /dev/sda",
    ] == [*site.resources]
    assert {"OK"} == set(site.states().values())


def test_what_is_reported_carries_the_labels_of_todays_built_in_classes(
    plugin: LoadedPlugin,
) -> None:
    """So that operators' queries find it; each label once, and none of the old root class."""
    site = site_of(plugin)

    assert ("Drive", "PhysicalDisk") == site.resources["Drive d1"].merged.classes
    assert ("Lun", "LogicalDrive") == site.resources["Lun 3"].merged.classes
    assert ("Export",) == site.resources["Export 3/p1"].merged.classes


def test_relations_join_by_equal_attributes_whichever_side_declares_them(
    plugin: LoadedPlugin,
) -> None:
    """Lun --> Export by one attribute, Route --> Node by two."""
    site = site_of(plugin)

    joined = {
        (site.resources[effect].name, link.via.partition("=")[0])
        for effect in ("Export 3/p1", "Node 4//dev/sda")
        for link in site.resources[effect].inputs
        if link.kind is LinkKind.PROVIDES
    }
    assert {("Lun 3", "Export 3/p1"), ("Route /dev/sda", "Node 4//dev/sda")} <= site.links
    assert {
        ("Export 3/p1", "Lun>Export(number)"),
        ("Node 4//dev/sda", "Route>DeviceNode(host_id,path)"),
    } == joined


def test_what_was_provided_to_scsi_devices_meets_todays_devices(plugin: LoadedPlugin) -> None:
    """And goes on to, after an assignment."""
    site = site_of(plugin, lambda one: setattr(one.lun, "serial", "6000ac"))

    def provided() -> set[str]:
        return {str(one) for one in site.resources["Lun 3"].merged.provides}

    assert "scsi_serial=6000ab" in provided()
    site.scan()
    assert "scsi_serial=6000ac" in provided()


def test_parents_are_added_and_never_taken_away(plugin: LoadedPlugin) -> None:
    """As it was there; today's update_or_create replaces them."""
    site = site_of(
        plugin,
        lambda one: one.update_or_create(type(one.group), parents=one.drives[1:], number=7),
    )
    assert {("Drive d1", "7")} == {link for link in site.links if link[1] == "7"}

    site.scan()

    assert {("Drive d1", "7"), ("Drive d2", "7")} == {one for one in site.links if one[1] == "7"}


def test_conditions_speak_through_their_old_names(plugin: LoadedPlugin) -> None:
    """Two on one attribute need ids only where they share a severity; braces are just text."""

    def change(one: Any) -> None:
        one.drives[0].health = "dead"
        one.drives[0].celsius = 51
        one.drives[1].health = "tired"

    site = site_of(plugin, change)

    site.scan()

    assert {
        "Drive d1": {
            ("error", "Drive d1: Replace {this}"),
            ("warning", "Drive d1: Celsius is 51.0"),
        },
        "Drive d2": {("warning", "Drive d2: Health is tired")},
    } == site.alerts


def test_the_plugin_reads_the_password_as_its_own_function_makes_it(plugin: LoadedPlugin) -> None:
    """And nobody else reads it at all."""
    session_plugin: Any = plugin.plugin_class
    seen: list[str] = []
    session_plugin.teardown = lambda self: seen.append(self.seen)

    delta = scan(session_plugin, root_of(plugin))

    assert ["mieheg"] == seen
    assert "geheim" not in str(delta)


def test_bounds_have_their_old_names(plugin: LoadedPlugin) -> None:
    """Both inclusive."""
    site = site_of(plugin, lambda one: setattr(one.drives[0], "bay", 13))

    with pytest.raises(InvalidValue, match=r"Drive.bay must be at most 12, got 13"):
        site.scan()


def test_a_resource_takes_names_that_are_no_attributes(plugin: LoadedPlugin) -> None:
    """Plugins kept things of their own there; they are reported to nobody."""
    site = site_of(plugin, lambda one: setattr(one.drives[0], "notes", "mine"))

    assert site.scan().is_empty


def test_what_was_found_and_removed_by_attributes_still_is(plugin: LoadedPlugin) -> None:
    """Exactly the class that is asked for."""

    def change(one: Any) -> None:
        found = list(one.find_by_attr(type(one.drives[0]), bay=2))
        assert one.drives[1:] == found
        assert found[0].get_parent(type(one.brain)) is one.brain
        assert one.remove_by_attr(type(one.drives[0]), serial_number="d2")
        assert not one.remove_by_attr(type(one.drives[0]), serial_number="d2")

    site = site_of(plugin, change)

    site.scan()

    assert "Drive d2" not in site.resources


def test_a_relation_over_an_attribute_that_is_not_there_is_told(tmp_path: Path) -> None:
    """There, it came to light when the first resource was reported."""
    source = """
    class Lun(resources.LogicalDrive):
        class Meta:
            identifier = ScopedId("number")
            relations = [relations.Subscribe(subscribe_to="Lun", attributes="serail")]

        number = attributes.Integer()
    """

    with pytest.raises(PluginError, match=r"Meta.relations names 'serail', which is not declared"):
        loaded(tmp_path, source)


def test_a_check_of_an_old_plugin_is_a_check_like_any(tmp_path: Path) -> None:
    """Mistakes in Meta have the class's line."""
    path = written(
        tmp_path,
        CLASSES.replace('identifier = ScopedId("index")', 'identifier = ScopedId("indx")'),
        PLUGIN,
    )

    (mistake,) = examined(path).mistakes

    assert mistake.text.startswith("Brain.identifier names 'indx', which is no attribute; did you")


def test_the_old_names_are_nowhere_but_in_plugins(plugin: LoadedPlugin) -> None:
    """A program that has a package of that name keeps it."""
    assert plugin.resource_classes

    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("chroma_core.lib.storage_plugin.api")
