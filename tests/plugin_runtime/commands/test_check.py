"""`topology plugin check`: every mistake at once, each with its line."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from plugin_runtime.commands import app
from plugin_runtime.loading.loader import examined
from topology.cli import run

SEVEN_MISTAKES = """
    from plugin_runtime import attributes, statistics
    from plugin_runtime.alert_conditions import UpperBoundCondition, ValueCondition
    from plugin_runtime.plugin import StoragePlugin
    from plugin_runtime.relations import Redundancy
    from plugin_runtime.resource import GlobalId, ScannableId
    from plugin_runtime.resource import ScannableStorageResource, StorageResource


    class Array(ScannableStorageResource):
        address = attributes.Hostname()
        identifier = GlobalId("adress")


    class Disk(StorageResource):
        slot = attributes.Integr()
        shelf = attributes.ResourceReference(Shelff)
        status = attributes.Enum("ok", "failed")
        temperature = statistics.Gauge(units="C")
        identifier = ScannableId("slot")
        health = ValueCondition("status", error=["failed"])
        other = ValueCondition("status", warning=["failed"])
        heat = UpperBoundCondition("temperature", error=40, warning=50)


    class Pool(StorageResource):
        name = attributes.String()
        identifier = ScannableId("name")
        groups = [Redundancy(of="Dsk", tolerates=1)]


    class KestrelPlugin(StoragePlugin[Array]):
        def initial_scan(self):
            pass
"""
HEAD = """
    from plugin_runtime import attributes
    from plugin_runtime.plugin import StoragePlugin
    from plugin_runtime.resource import GlobalId, ScannableStorageResource, StorageResource

    class Array(ScannableStorageResource):
        address = attributes.Hostname()
        identifier = GlobalId("address")
"""
PLUGIN = """
    class KestrelPlugin(StoragePlugin[Array]):
        def initial_scan(self, root):
            pass
"""


def written(folder: Path, *parts: str, name: str = "kestrel.py") -> str:
    path = folder / name
    path.write_text("\n".join(map(textwrap.dedent, parts)), encoding="utf-8")
    return str(path)


def told(folder: Path, *parts: str) -> list[str]:
    """Return the mistakes of a plugin without its folder."""
    result = examined(written(folder, *parts))
    return [str(one).removeprefix(f"{folder}/") for one in result.mistakes]


def test_a_file_with_seven_mistakes_has_seven_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None hides another, and none is told twice in other words."""
    path = written(tmp_path, SEVEN_MISTAKES)

    assert 65 == run(app, ["plugin", "check", path])

    first, *mistakes = capsys.readouterr().err.splitlines()
    assert "topology: plugin 'kestrel' has 7 mistakes:" == first
    expected = [
        "12: Array.identifier names 'adress', which is no attribute; did you mean 'address'?",
        "16: AttributeError: module 'plugin_runtime.attributes' has no attribute 'Integr'; did you",
        "17: NameError: name 'Shelff' is not defined",
        "22: Disk.other: ValueCondition('status') has the id 'status', as Disk.health has",
        "23: Disk.heat: UpperBoundCondition('temperature') has error=40 and warning=50; error",
        "29: Pool.groups: Redundancy(Dsk) is of 'Dsk', no class; did you mean 'Disk'?",
        "33: KestrelPlugin.initial_scan must be a method that takes (self, root)",
    ]
    assert expected == [
        line.strip().removeprefix(f"{path}, line ")[: len(text)]
        for line, text in zip(mistakes, expected, strict=True)
    ]


def test_a_label_that_is_no_text_is_a_mistake_of_its_class(tmp_path: Path) -> None:
    """Who wants a name for each resource writes get_label."""
    source = """
    class Disk(StorageResource):
        def label(self):
            return "disk"
    """

    (mistake,) = told(tmp_path, HEAD, source, PLUGIN)

    assert "line 12: Disk.label must be text, the words for its class; what each one is" in mistake


def test_a_mistake_in_a_base_is_told_once_and_what_a_subclass_adds_beside_it(
    tmp_path: Path,
) -> None:
    """Disk --> Fast, Slow --> Tape: each inherits all; Slow's own slot is as wrong as Disk's."""
    mistakes = told(
        tmp_path,
        HEAD,
        """
    from plugin_runtime.alert_conditions import ValueCondition
    from plugin_runtime.relations import Redundancy
    from plugin_runtime.resource import ScannableId

    class Disk(StorageResource):
        slot = attributes.Integer(minimum=5, maximum=1)
        status = attributes.Enum("ok", "failed")
        identifier = ScannableId("slott")
        health = ValueCondition("status", error=["failed"])
        again = ValueCondition("status", warning=["failed"])
        groups = [Redundancy(of="Dsk", tolerates=1)]

    class Fast(Disk):
        speed = attributes.Integer()

    class Slow(Disk):
        slot = attributes.Integer(minimum=5, maximum=1)

    class Tape(Slow):
        status = attributes.Enum("good", "bad")
    """,
        PLUGIN,
    )

    assert [
        "16: Disk.slot has minimum 5 above maximum 1",
        "18: Disk.identifier names 'slott', which is no attribute; did you mean 'slot'?",
        "20: Disk.again: ValueCondition('status') has the id 'status', as Disk.health has",
        "21: Disk.groups: Redundancy(Dsk) is of 'Dsk', no class; did you mean 'Disk'?",
        "27: Slow.slot has minimum 5 above maximum 1",
        "29: Tape.health: ValueCondition('status') lists 'failed', a value it never has",
        "29: Tape.again: ValueCondition('status') lists 'failed', a value it never has",
    ] == [
        one.removeprefix("kestrel.py, line ").partition("; give")[0].partition(" declared")[0]
        for one in mistakes
    ]


def test_an_editor_reads_the_mistakes_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With file and line apart."""
    path = written(tmp_path, HEAD)

    assert 65 == run(app, ["plugin", "check", path, "--json"])

    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (path, None) == (mistake["file"], mistake["line"])
    assert mistake["text"].startswith("a plugin must have exactly one subclass of StoragePlugin")


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        ("x = (", "kestrel.py, line 1: SyntaxError: '(' was never closed"),
        ("import kestrell", "kestrel.py, line 1: ModuleNotFoundError: No module named 'kestrell'"),
        ("raise OSError('no licence')", "kestrel.py, line 1: OSError: no licence"),
        ("import sys\nsys.exit(3)", "kestrel.py, line 2: SystemExit: 3"),
    ],
)
def test_what_cannot_run_is_told_with_its_line(tmp_path: Path, source: str, mistake: str) -> None:
    """A file that does not even compile has one message, as Python stops there."""
    assert mistake in told(tmp_path, source)


def test_what_fails_for_want_of_something_that_failed_before_is_told_once(tmp_path: Path) -> None:
    """A library that is not installed is one mistake, not one for each use of it."""
    assert ["kestrel.py, line 2: ModuleNotFoundError: No module named 'no_such_library'"] == told(
        tmp_path,
        """
        from no_such_library import Base, FIELD
        from plugin_runtime import attributes
        from plugin_runtime.resource import StorageResource

        class Disk(StorageResource):
            slot = attributes.Integer(minimum=FIELD)

        class Plugin(Base):
            other = Base
        """,
    )


@pytest.mark.parametrize(
    ("source", "mistake"),
    [
        (
            "class P(StoragePlugin[Array]):\n    def initial_scn(self, root): pass",
            "P must define initial_scan(self, root); did you mean it by 'initial_scn'?",
        ),
        (
            "class P(StoragePlugin[Array]):\n    async def initial_scan(self, root): pass",
            "P.initial_scan must be a plain method; start a thread for what goes on",
        ),
        (
            "class P(StoragePlugin[Array]):\n    def initial_scan(self, root): pass\n"
            "    def teardown(self, root): pass",
            "P.teardown must be a method that takes (self)",
        ),
        (
            "class P(StoragePlugin[Array]):\n    def initial_scan(self, root): pass\n"
            "    def __init__(self, address): pass",
            "P.__init__ must take no arguments; the root comes with initial_scan",
        ),
        (
            "class P(StoragePlugin[Array]):\n    update_period = 'often'\n"
            "    def initial_scan(self, root): pass",
            "P.update_period must be a number of seconds above 0, got 'often'",
        ),
    ],
)
def test_what_the_runtime_could_not_call_is_told(tmp_path: Path, source: str, mistake: str) -> None:
    """Before a device is contacted."""
    (found,) = told(tmp_path, HEAD, source)

    assert mistake == found.partition(": ")[2]


def test_a_scannable_that_nothing_tells_apart_is_told(tmp_path: Path) -> None:
    """An administrator may add several."""
    (mistake,) = told(tmp_path, HEAD, "class Tape(ScannableStorageResource):\n    pass", PLUGIN)

    assert (
        "Tape is a scannable without a GlobalId; declare identifier = GlobalId(...) over what an "
        "administrator tells them apart by"
    ) == mistake.partition(": ")[2]


def test_a_class_that_another_plugin_or_the_product_has_is_a_warning(tmp_path: Path) -> None:
    """Each is harmless alone, but the graph has one class of a name."""
    other = written(tmp_path, HEAD, PLUGIN, name="osprey.py")
    host = "class Host(StorageResource):\n    serial = attributes.String()\n"
    path = written(tmp_path, HEAD, host + "    identifier = GlobalId('serial')", PLUGIN)

    assert [
        "Array is also a class of plugin 'osprey', and one site cannot have both; name it after "
        "the device, or derive it from that one",
        "Host is also a class of the product, and one site cannot have both; name it after the "
        "device, or derive it from that one",
    ] == [*examined(path, [other, path]).advice]


def test_what_is_probably_not_meant_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be meant, so it is no mistake."""
    path = written(
        tmp_path,
        HEAD,
        """
        class Volume(StorageResource):
            serial = attributes.String(provide="scsi_serail")
            identifier = GlobalId("serial")

        class Nameless(StorageResource):
            pass
        """,
        PLUGIN + "\n        def update_scn(self, root):\n            pass",
    )

    assert 0 == run(app, ["plugin", "check", path])

    assert [
        "warning: Volume.serial provides 'scsi_serail', which nothing here matches; did you mean "
        "'scsi_serial'? known: host_address, scsi_serial",
        "warning: Nameless has no identifier, so it cannot be reported",
        "warning: KestrelPlugin.update_scn is called by nobody; did you mean 'update_scan'?",
    ] == [line.removeprefix("topology: ") for line in capsys.readouterr().err.splitlines()]


def test_a_misspelt_option_is_told_with_its_line_and_what_was_meant(tmp_path: Path) -> None:
    """Whatever is declared; all of a file at once."""
    assert [
        "kestrel.py, line 17: Disk.slot has no option 'minimun'; did you mean 'minimum'?",
        "kestrel.py, line 18: Disk.heat has no option 'unit'; did you mean 'units'?",
        "kestrel.py, line 19: Disk.identifier: ScannableId has no option 'names'; options: none",
        "kestrel.py, line 20: Disk.hot: UpperBoundCondition has no option 'for_second'; did you "
        "mean 'for_seconds'?",
        "kestrel.py, line 21: Disk.groups: Needs(Disk) has no option 'sise'; did you mean 'size'?",
    ] == [
        one.partition("? options: ")[0] + "?" * ("? options" in one)
        for one in told(
            tmp_path,
            HEAD,
            """
            from plugin_runtime import statistics
            from plugin_runtime.alert_conditions import UpperBoundCondition
            from plugin_runtime.relations import Needs
            from plugin_runtime.resource import ScannableId

            class Disk(StorageResource):
                slot = attributes.Integer(minimun=0)
                heat = statistics.Gauge(unit="C")
                identifier = ScannableId("slot", names=["slot"])
                hot = UpperBoundCondition("heat", warning=60, for_second=120)
                groups = [Needs(any_of="Disk", sise=2)]
            """,
            PLUGIN,
        )
    ]


def test_a_client_that_is_taken_for_a_plugin_is_told_how_to_be_none(tmp_path: Path) -> None:
    """It lies in the plugin directory, where every file is a plugin."""
    (mistake,) = told(tmp_path, "class Client:\n    pass")

    assert mistake.endswith("has none; if this only helps a plugin, begin its name with '_'")


def advice_on(folder: Path, *parts: str) -> list[str]:
    return list(examined(written(folder, HEAD, *parts, PLUGIN)).advice)


PATH = """
    from plugin_runtime.alert_conditions import ValueCondition
    from plugin_runtime.base_resources import DeviceNode

    class KestrelPath(DeviceNode):
        status = attributes.Enum("ok", "slow", "failed")
        health = ValueCondition("status", {})
"""


def test_a_class_that_can_be_failed_must_say_whether_it_fails_by_itself(tmp_path: Path) -> None:
    """Of several, where the last one counts; a path that breaks does, a device does not."""
    failing = PATH.format('error=["failed"]')

    assert [
        "KestrelPath can be FAILED and is one of several for MultipathDevice, but can_fail is "
        "False (from DeviceNode), so the last of them is no single point of failure; write "
        "can_fail = True, or False where it fails only with what it is made of"
    ] == advice_on(tmp_path, failing)
    for said in ("can_fail = True", "can_fail = False"):
        assert [] == advice_on(tmp_path, f"{failing}\n        {said}\n")
    assert [] == advice_on(tmp_path, PATH.format('warning=["slow"]'))
    assert [] == advice_on(tmp_path, failing.replace("DeviceNode", "StoragePool"))


def test_a_root_that_is_no_scannable_is_a_warning(tmp_path: Path) -> None:
    """An Enclosure has a GlobalId, but nobody could add one."""
    path = written(
        tmp_path,
        """
        from plugin_runtime.base_resources import Enclosure
        from plugin_runtime.plugin import StoragePlugin

        class Shelf(Enclosure):
            pass

        class ShelfPlugin(StoragePlugin[Shelf]):
            def initial_scan(self, root):
                pass
        """,
    )

    assert (
        "Shelf is scanned, but is no scannable; derive it from ScannableStorageResource too, so "
        "that it can be added",
    ) == examined(path).advice


def test_the_plugins_of_the_product_have_no_mistakes() -> None:
    """Each is looked at as an author's is."""
    for name in ("linux_host", "lustre_server", "simulated_site"):
        assert () == examined(name).mistakes
        assert not [one for one in examined(name).advice if "can_fail" in one]
