from __future__ import annotations

from typing import ClassVar

import pytest

from plugin_runtime import attributes, base_resources, statistics
from plugin_runtime.alert_conditions import (
    LowerBoundCondition,
    UpperBoundCondition,
    ValueCondition,
)
from plugin_runtime.relations import Needs, Redundancy, Series
from plugin_runtime.resource import (
    GlobalId,
    ScannableId,
    ScannableStorageResource,
    StorageResource,
)
from topology.builtin_classes import BUILTIN_CLASSES
from topology.errors import DeclarationError
from topology.schema import Chart


class Shelf(StorageResource):
    name = attributes.String()
    identifier = ScannableId("name")


class Disk(StorageResource):
    slot = attributes.Integer()
    file_size = attributes.Bytes(label="Size", help="As bought")
    status = attributes.Enum("ok", "failed", optional=True, hidden=True)
    temperature = statistics.Gauge(units="C")
    identifier = ScannableId("slot")


def test_every_mistake_of_a_class_is_told_at_once() -> None:
    """One attempt shows all there is to mend."""
    with pytest.raises(DeclarationError) as refusal:

        class Drive(StorageResource):
            uid = attributes.String()
            mode = attributes.Enum()
            size = attributes.Integer(minimum=5, maximum=3)
            slot = attributes.Integer(minimum=1, default=0)
            speed = statistics.Gauge(sample_period=0)
            ratios = statistics.Histogram(bins=[])
            identifier = GlobalId("serial")
            groups = (Redundancy(of=Disk, tolerates="level"), Needs(any_of=Disk, at_least=0))
            low = LowerBoundCondition("heat", error=1)

    assert [
        "Drive.uid takes a name the product uses itself; choose another one, such as 'drive_uid'",
        "Drive.mode needs at least one word to choose from, got ()",
        "Drive.size has minimum 5 above maximum 3",
        "Drive.slot must be at least 1, got the default 0",
        "Drive.speed needs a sample_period above 0 seconds, got 0",
        "Drive.ratios needs at least one bin (low, high), low first, got ()",
        "Drive.identifier names 'serial', which is no attribute; declared: uid, mode, size, slot",
        "Drive.low: LowerBoundCondition('heat') is on 'heat', which is not declared; "
        "declared: uid, mode, size, slot, speed, ratios",
        "Drive.groups: Needs(Disk) needs at least 0; give 1 or more",
        "Drive.groups: 2 groups have the name 'Disk'; give each a name of its own",
    ] == [line for line in str(refusal.value).splitlines() if "Redundancy" not in line]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"identifier": GlobalId("slto"), "slot": attributes.Integer()},
            r"Drive.identifier names 'slto', .*did you mean 'slot'\?",
        ),
        ({"identifier": "slot"}, "Drive.identifier is 'slot'; use GlobalId or ScannableId"),
        ({"identifier": GlobalId()}, "Drive.identifier names no attribute"),
        (
            {"heat": statistics.Gauge(), "identifier": GlobalId("heat")},
            "Drive.identifier names 'heat', which is no attribute",
        ),
        (
            {"slot": attributes.Integer(labl="x")},  # type: ignore[call-arg]
            r"Drive.slot has no option 'labl'; did you mean 'label'\? options: minimum, maximum",
        ),
        ({"slot": attributes.Integer}, r"Drive.slot is the class Integer; write Integer\(\)"),
        (
            {"slot": (slot := attributes.Integer()), "identifier": GlobalId(slot)},  # type: ignore[arg-type]
            "Drive.identifier holds Integer; write names in quotes, such as 'slot'",
        ),
        (
            {"shelf": attributes.ResourceReference("Shelf")},  # type: ignore[arg-type]
            "Drive.shelf refers to 'Shelf'; give a resource class that is defined above",
        ),
        ({"identifer": GlobalId("slot")}, r"Drive.identifer is GlobalId.*; call it identifier"),
        ({"group": [Series(of=Disk)]}, "Drive.group is looked at by nobody; write groups = "),
        ({"pool": Series(of=Disk)}, "Drive.pool is looked at by nobody; write groups = "),
        (
            {"alerts": [ValueCondition("slot", error=[1])]},
            "Drive.alerts is looked at by nobody; write alert_conditions = ",
        ),
        ({"groups": [Disk]}, r"Drive.groups holds <class .*Disk'>; use Redundancy, Needs or"),
        ({"alert_conditions": ["hot"]}, "Drive.alert_conditions holds 'hot'; use a condition"),
        ({"get_label": attributes.String()}, "Drive.get_label takes a name the product uses"),
        ({"größe": attributes.Integer()}, "Drive.größe is no name for an attribute"),
    ],
)
def test_a_wrong_declaration_says_where_and_what_to_do(
    body: dict[str, object], message: str
) -> None:
    """The class is refused before anything runs."""
    with pytest.raises(DeclarationError, match=message):
        type("Drive", (StorageResource,), body)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (ValueCondition("status"), "lists no values"),
        (ValueCondition("status", error=["faild"]), "'faild', a value it never has"),
        (ValueCondition("status", error=["ok"], info=["ok"]), "lists 'ok' more than once"),
        (ValueCondition("status", error=[None]), "lists None, which only unknown may"),
        (ValueCondition("status", error=["ok"], message="{who}"), "message with {who}; known"),
        (ValueCondition("status", error=["ok"], message="{"), "message that is no format"),
        (ValueCondition("status", error=["ok"], state="BROKEN"), "state 'BROKEN'; give one of OK"),
        (ValueCondition("status", error=["ok"], for_seconds=-1), "for_seconds -1"),
        (ValueCondition("status", error="failed"), r"has error='failed'; write error=\['failed'\]"),
        (UpperBoundCondition("slot"), "has no bound"),
        (UpperBoundCondition("slot", error="50"), "has error='50'; give a number"),  # type: ignore[arg-type]
        (UpperBoundCondition("status", error=5), "is on what is no single number, so it has no"),
        (UpperBoundCondition("sizes", error=5), "is on what is no single number, so it has no"),
        (UpperBoundCondition("facts", error=5), "is on what is no single number, so it has no"),
        (UpperBoundCondition("name", error=5), "is on what is no single number, so it has no"),
        (LowerBoundCondition("reads", error=-1), "the bound -1, a value it never has"),
        (ValueCondition("temperature", error=["hot"]), "lists 'hot', a value it never has"),
        (UpperBoundCondition("slot", error=50, warning=60), "warning=60; error must be above"),
        (LowerBoundCondition("slot", error=5, clear=5), "clear=5; error must be below"),
    ],
)
def test_a_wrong_alert_condition_is_refused_with_its_class(
    condition: ValueCondition, message: str
) -> None:
    """What can never fire as meant is an error, not a surprise in the night."""
    with pytest.raises(DeclarationError, match=f"Drive.alert_conditions: .*{message}"):
        type("Drive", (Disk,), {**_OF_SEVERAL_KINDS, "alert_conditions": [condition]})


_OF_SEVERAL_KINDS = {
    "sizes": statistics.Histogram(bins=[(0, 1), (1, 2)]),
    "reads": statistics.Counter(),
    "facts": attributes.Json(optional=True),
    "name": attributes.String(optional=True),
    "lanes": attributes.Integer(minimum=4, maximum=16, optional=True),
    "bought": attributes.Timestamp(optional=True),
    "is_new": attributes.Boolean(optional=True),
}


@pytest.mark.parametrize(
    "condition",
    [
        *(UpperBoundCondition(one, error=8) for one in ("slot", "file_size", "temperature")),
        *(UpperBoundCondition(one, error=8) for one in ("lanes", "reads")),
        ValueCondition("sizes", error=[(0, 0)]),
        ValueCondition("is_new", info=[True]),
    ],
)
def test_a_condition_on_what_it_can_compare_is_taken(condition: ValueCondition) -> None:
    """Numbers have bounds, and everything has values."""
    drive = type("Drive", (Disk,), {**_OF_SEVERAL_KINDS, "alert_conditions": [condition]})

    assert condition in drive.declaration.conditions  # type: ignore[attr-defined]


def test_two_conditions_on_one_attribute_need_ids_of_their_own() -> None:
    """The id is what makes an alert one row however often it is checked."""
    with pytest.raises(DeclarationError, match=r"has the id 'status', as Drive\.health has"):

        class Drive(Disk):
            health = ValueCondition("status", error=["failed"])
            alert_conditions = (ValueCondition("status", info=["ok"]),)

    class Fine(Disk):
        health = ValueCondition("status", error=["failed"])
        alert_conditions = (ValueCondition("status", info=["ok"], id="fine"),)

    assert ["status", "fine"] == [one.id for one in Fine.declaration.conditions]


@pytest.mark.parametrize(
    ("relation", "message"),
    [
        (Series(of=StorageResource), "of StorageResource, which is no resource class of its own"),
        (
            Series(of=Disk, size="members"),
            "size 'members', which is no number and no attribute",
        ),
        (Series(of=Disk, size=0), "has size 0; give at least 1"),
        (Series(of=Disk, cap="BAD"), "has cap 'BAD'; give one of OK, DEGRADED"),
        (Series(of=Disk, out_of_sync={"statu": ["x"]}), "Disk.statu, which is not declared; did"),
        (
            Series(of=Disk, out_of_sync={"status": ["okay"]}),
            "lists 'okay' for Disk.status, a",
        ),
        (Series(of=Disk, out_of_sync={"status": "ok"}), r"where 'status' is 'ok'; write \['ok'\]"),
        (Redundancy(of=Disk, tolerates="raid5"), "'raid5', which is no number and no attribute"),
        (Redundancy(of=Disk, tolerates=-1), "tolerates -1; give at least 0"),
        (
            Redundancy(of=Disk, tolerates=6, size=6),
            "tolerates 6 of 6, so it could never fail; give",
        ),
        (Redundancy(of=Disk, tolerates="level"), "'level', which must be a known RAID level"),
        (Needs(any_of=Disk, at_least=3, size=2), "at least 3 of 2; give at most its size"),
        (Series(of=()), "Series names no class"),
    ],
)
def test_a_wrong_group_is_refused_with_its_class(relation: Series, message: str) -> None:
    """What a resource needs is checked where it is declared."""
    with pytest.raises(DeclarationError, match=f"Pool.groups: .*{message}"):
        type(
            "Pool",
            (StorageResource,),
            {"level": attributes.Enum("raid5", "jbodd"), "groups": [relation]},
        )


def test_attributes_stand_in_declared_order_base_class_first() -> None:
    """Order of declaration is order of presentation; a redeclared one moves to its new place."""

    class Base(StorageResource):
        b = attributes.String()
        a = attributes.String()

    class Derived(Base):
        c = attributes.String()
        b = attributes.String(max_length=3)

    assert ["a", "c", "b"] == list(Derived.declaration.attributes)
    assert Derived.b is Derived.declaration.attributes["b"]


def test_a_class_travels_as_data() -> None:
    """Pages show attributes without the plugin being installed."""
    schema = Disk.declaration.resource_class("kestrel")

    assert ("Disk", "kestrel", (), "Disk", "Disks", False) == (
        schema.name,
        schema.plugin,
        schema.bases,
        schema.label,
        schema.plural_label,
        schema.is_scannable,
    )
    assert ["slot", "file_size", "status", "temperature"] == [one.name for one in schema.attributes]
    slot, size, status, temperature = schema.attributes
    assert slot.is_identifier
    assert ("Size", "As bought", "Bytes") == (size.label, size.help, size.kind)
    assert (("ok", "failed"), True, True) == (status.choices, status.is_optional, status.is_hidden)
    assert ("C", True) == (temperature.units, temperature.is_statistic)


def test_a_label_is_made_of_the_name_unless_the_class_says_one() -> None:
    """HardDrive is a "Hard drive"; a subclass is named after itself, not after its base."""

    class HardDrive(StorageResource):
        pass

    class FastDrive(HardDrive):
        label = "NVMe drive"

    assert ("Hard drive", "Hard drives") == (
        HardDrive.declaration.label,
        HardDrive.declaration.plural_label,
    )
    assert "NVMe drive" == FastDrive.declaration.label


def test_groups_of_a_subclass_add_to_those_inherited_and_replace_by_name() -> None:
    """A plugin's filesystem keeps the Lustre defaults it does not override."""

    class Strict(base_resources.LustreFilesystem):
        groups = (
            Series(of=base_resources.ManagementTarget, name="MGS"),
            Series(of=Shelf),
        )

    relations = {one.name: one for one in Strict.declaration.relations}

    assert ["MGS", "MDTs", "OSTs", "Shelf"] == list(relations)
    assert relations["MGS"] is Strict.groups[0]


def test_every_built_in_class_has_the_flags_of_the_one_table() -> None:
    """What can fail and what is a service is said once, in topology."""
    declared = {
        name: (one.can_fail, one.is_service)
        for name in base_resources.__all__
        if (one := getattr(base_resources, name))
    }

    assert {
        name: (facts.can_fail, facts.is_service) for name, facts in BUILTIN_CLASSES.items()
    } == declared


def test_every_built_in_class_has_an_identifier_and_belongs_to_no_plugin() -> None:
    """They can be reported as they are."""
    for name in BUILTIN_CLASSES:
        declaration = getattr(base_resources, name).declaration
        assert declaration.identifier is not None
        assert "" == declaration.resource_class("kestrel").plugin


def test_a_scannable_host_carries_the_labels_of_its_resource_classes_only() -> None:
    """Labels go up to, not including, the classes every resource derives from."""

    class LinuxHost(ScannableStorageResource, base_resources.LustreServer):
        pass

    assert ("LinuxHost", "LustreServer", "Host") == LinuxHost.declaration.labels
    assert LinuxHost.declaration.is_scannable
    assert LinuxHost.can_fail


def test_charts_are_declared_or_one_for_each_statistic() -> None:
    """A class without charts of its own has one a statistic, in declared order."""

    class Fan(StorageResource):
        speed = statistics.Gauge(units="rpm")
        heat = statistics.Gauge(units="C", label="Heat of the motor")

    class Twin(Fan):
        charts: ClassVar = [{"title": "Both", "series": ["heat", "speed"]}]

    assert (Chart("Speed", ("speed",)), Chart("Heat of the motor", ("heat",))) == (
        Fan.declaration.charts
    )
    assert (Chart("Both", ("heat", "speed")),) == Twin.declaration.charts


def test_every_mistake_in_charts_is_told() -> None:
    """A name that is no statistic, a third unit, a shape that is none."""
    with pytest.raises(DeclarationError) as caught:

        class Fan(StorageResource):
            speed = statistics.Gauge(units="rpm")
            heat = statistics.Gauge(units="C")
            power = statistics.Gauge(units="W")
            charts: ClassVar = [
                {"title": "All", "series": ["speed", "heat", "power"]},
                {"title": "None", "series": ["noise"]},
                {"title": "", "series": "speed"},
                "speed",  # type: ignore[list-item]
            ]

    said = str(caught.value)
    assert "Fan.charts: chart 'All' has 3 units ('C', 'W', 'rpm'); a chart has at most two" in said
    assert (
        "Fan.charts: chart 'None' names 'noise', which is no statistic; declared: speed, heat"
        in said
    )
    assert "Fan.charts: a chart has the title ''; give it text" in said
    assert 'got \'speed\'; write {"title": ..., "series": [...]}' in said


@pytest.mark.parametrize(
    ("name", "several"),
    [
        ("KestrelDisk", "Kestrel disks"),
        ("KestrelSwitch", "Kestrel switches"),
        ("KestrelBox", "Kestrel boxes"),
        ("KestrelSupply", "Kestrel supplies"),
        ("KestrelBay", "Kestrel bays"),
    ],
)
def test_a_class_is_called_by_an_english_plural(name: str, several: str) -> None:
    """Where it does not say one itself."""
    cls: type[StorageResource] = type(name, (StorageResource,), {})

    assert several == cls.declaration.plural_label


def test_what_a_class_is_called_can_be_read_of_it() -> None:
    """Also where it does not say."""

    class TapeDrive(StorageResource):
        pass

    class NamedDrive(TapeDrive):
        label = "Streamer"

    assert ("Tape drive", "Tape drives") == (TapeDrive.label, TapeDrive.plural_label)
    assert ("Streamer", "Streamers") == (NamedDrive.label, NamedDrive.plural_label)
