"""The only module that knows the OpenAPI library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from flask import Flask, Response
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.info import Info
from flask_openapi.openapi import OpenAPI
from pydantic import BaseModel, ValidationError


class QueryModel(BaseModel):
    """What may stand behind the "?" of an address.

    The library asks for its schema at every request; making it takes longer than many an answer.
    """

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return the schema, kept where it is asked for without options."""
        return super().model_json_schema(*args, **options) if args or options else _schema_of(cls)


@cache
def _schema_of(model: type[QueryModel]) -> dict[str, Any]:
    return super(QueryModel, model).model_json_schema()


def api_blueprint(
    import_name: str, *, url_prefix: str, responses: Mapping[int, type[BaseModel]]
) -> APIBlueprint:
    """Return a blueprint named "api"; every route of it may also answer with `responses`."""
    return APIBlueprint(
        "api", import_name, url_prefix=url_prefix, abp_responses=dict(responses.items())
    )


def flask_with_api(
    import_name: str,
    *,
    version: str,
    problem_model: type[BaseModel],
    on_invalid: Callable[[ValidationError], Response],
) -> Flask:
    """Return an application that routes of an `api_blueprint` describe themselves in.

    `on_invalid` answers a request whose path or query does not fit its model; it and every other
    error is described by `problem_model`.
    """
    app = OpenAPI(
        import_name,
        info=Info(title="Chroma topology", version=version),
        doc_ui=False,
        validation_error_status=400,
        validation_error_callback=on_invalid,
        validation_error_model=problem_model,
    )
    app.openapi_version = "3.1.0"
    return app


def register(app: Flask, blueprint: APIBlueprint) -> None:
    """Add the blueprint's routes to the application and to its description."""
    assert isinstance(app, OpenAPI)  # noqa: S101 - only `flask_with_api` makes them
    app.register_api(blueprint)


def description_of(app: Flask) -> Mapping[str, Any]:
    """Return the OpenAPI 3.1 document of every registered route."""
    assert isinstance(app, OpenAPI)  # noqa: S101 - only `flask_with_api` makes them
    document: Mapping[str, Any] = app.api_doc
    return document
