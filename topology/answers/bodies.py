"""What answers consist of. Names are snake_case, times RFC 3339 in UTC, sizes bytes.

Bodies of events, statistics and suppositions stand beside what makes them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

StateWord = Literal["OK", "DEGRADED", "CRITICAL", "PARTIAL", "FAILED", "UNKNOWN"]


class Body(BaseModel):
    """Base of every body."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BriefBody(Body):
    """What names a resource, and its published state; the ends differ where it is unknown."""

    uid: str
    class_name: str = Field(serialization_alias="class")
    label: str
    state: StateWord
    low: StateWord
    high: StateWord


class ResourceBody(BriefBody):
    """A resource in a list."""

    own_state: StateWord
    because_of: list[str] = Field(description="Uids of the inputs that force the state")
    rule: str = Field(description="Why they do, in words; empty when the state is OK")


class ResourceListBody(Body):
    """One page of resources."""

    items: list[ResourceBody]
    next: str | None = Field(description="Cursor of the next page, null on the last")
    revision: int
    as_of: str


class InputBody(Body):
    """A link into a resource."""

    source: str
    kind: Literal["PARENT_OF", "AFFECTS", "PROVIDES"]
    groups: list[str]
    out_of_sync: list[str]
    via: str = Field(description='What joined them, as "key=value"; empty unless PROVIDES')


class AlertBody(Body):
    """An alert condition that is true now."""

    resource: str
    id: str
    severity: Literal["info", "warning", "error"]
    message: str
    since: str


class PointsBody(Body):
    """Components whose failure alone ends a resource now."""

    by_design: list[str] = Field(description="Those of the healthy site too")
    new: list[str] = Field(description="Those that what has failed made so")
    has_ended: bool = Field(description="It has ended already, so there is none to name")
    sentence: str = Field(description="The new ones in words; empty where there are none")


class PickBody(Body):
    """Some of several parts, any of which will do."""

    any: int = Field(description="How many of the options")
    options: list[list[str]] = Field(description="Each with the uids of which any one will do")
    of: str = Field(description="The resource whose inputs they are; empty for parts by name")


class MarginBody(Body):
    """How many further failures a resource survives."""

    number: int | None = Field(description="The fewest that end it; null where not known")
    at_least: int = Field(description="It survives any failures fewer than this")
    ways: list[list[PickBody]] = Field(description="Sets that end it, 100 at most, as formulas")
    is_complete: bool = Field(description="The ways are all there are")
    sentence: str = Field(description="The same in words; empty where it has ended")


class SinglePointsBody(PointsBody):
    """The single points of failure of one resource, and how far it is from its end."""

    margin: MarginBody
    revision: int
    as_of: str


class ResourceDetailBody(ResourceBody):
    """Everything about one resource."""

    alias: str
    classes: list[str] = Field(description="Its class, then that one's bases")
    attributes: dict[str, Any] = Field(description="As the plugin declared them; sizes in bytes")
    is_service: bool
    can_fail: bool
    reporters: list[str] = Field(description='As "plugin/scannable"')
    missing_since: str | None
    own_since: str | None
    root_causes: list[str]
    inputs: list[InputBody]
    downstream: list[str]
    servers: list[str] = Field(description="By path weights, the preferred first; else empty")
    alerts: list[AlertBody]
    single_points: PointsBody
    margin: MarginBody
    revision: int
    as_of: str


class ImpactBody(ResourceBody):
    """What trouble in one resource does downstream now."""

    sentence: str
    affected: list[ResourceBody] = Field(description="Worst first, then by name")
    paths: list[list[str]] = Field(description="One shortest way to each service it reaches")
    revision: int
    as_of: str


class CauseBody(Body):
    """One root cause of a resource's state."""

    uid: str
    class_name: str = Field(serialization_alias="class")
    label: str
    own_state: StateWord
    since: str
    incident: str | None
    is_sole: bool | None = Field(
        description="Repairing it alone improves the resource; null where too much to try"
    )
    path: list[str] = Field(description="One shortest way from it to the resource")


class CausesBody(Body):
    """Why a resource is in the state it is in."""

    uid: str
    sentence: str
    state: StateWord
    because_of: list[str]
    rule: str
    root_causes: list[CauseBody]
    revision: int
    as_of: str


class FilesystemBody(BriefBody):
    """A filesystem and how its targets are."""

    sentence: str
    targets: dict[StateWord, int] = Field(description="How many targets are in each state")


class FilesystemListBody(Body):
    """Every filesystem, by name."""

    items: list[FilesystemBody]
    revision: int
    as_of: str


class IncidentBody(Body):
    """One open root cause that reaches a service."""

    id: str
    cause: BriefBody
    sentence: str
    since: str
    services: list[BriefBody] = Field(description="Filesystems first, then worst first")
    affected_count: int


class IncidentListBody(Body):
    """Open incidents, worst first, under the sentence that sums them up."""

    sentence: str
    items: list[IncidentBody]
    revision: int
    as_of: str


class StatusBody(Body):
    """What is broken and what it hits."""

    sentence: str
    services: list[BriefBody] = Field(description="What people use, by name")
    incidents: list[IncidentBody]
    revision: int
    as_of: str


class AlertListBody(Body):
    """Alerts that hold now, worst first."""

    items: list[AlertBody]
    revision: int
    as_of: str


class AttributeBody(Body):
    """One attribute of a class."""

    name: str
    kind: str
    label: str
    help: str
    units: str
    is_optional: bool
    is_hidden: bool
    is_read_only: bool
    is_identifier: bool
    is_secret: bool
    is_statistic: bool
    choices: list[str] = Field(description="An Enum's values, a Histogram's bins")


class ChartBody(Body):
    """Statistics that belong together."""

    title: str
    series: list[str] = Field(description="Names of statistics")


class ClassBody(Body):
    """One resource class."""

    name: str
    plugin: str
    bases: list[str]
    label: str
    plural_label: str
    is_scannable: bool
    attributes: list[AttributeBody]
    charts: list[ChartBody]
    icon: str


class ClassListBody(Body):
    """Every resource class there is, by name."""

    items: list[ClassBody]


class ScannableBody(Body):
    """What an administrator asked to be scanned, and how that goes."""

    id: str
    plugin: str
    class_name: str = Field(serialization_alias="class")
    settings: dict[str, Any]
    version: int
    last_sign_of_life: str | None
    status: dict[str, Any]


class ScannableListBody(Body):
    """Every scannable."""

    items: list[ScannableBody]


class FieldErrorBody(Body):
    """One parameter that does not fit."""

    parameter: str
    detail: str


class ProblemBody(Body):
    """An error, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="The request's id; the log has it too")
    errors: list[FieldErrorBody] | None = None
    reasons: list[str] | None = None
