"""The OpenAPI document: what FastAPI finds, and the problems that every route may answer with."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

from facewarden.api.events import StreamEvent
from facewarden.api.problem import Problem
from facewarden.api.search import Search
from facewarden.server.permissions import OPEN
from facewarden.server.problems import MEDIA_TYPE

UNSEEN: Final[tuple[type[BaseModel], ...]] = (Problem, StreamEvent, Search)
"""Messages that FastAPI does not find: of streams, and of bodies that a route reads itself."""
ANY: Final = (
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
GUARDED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
BODIED: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.CONFLICT,
    HTTPStatus.INSUFFICIENT_STORAGE,
)
CONDITIONAL: Final = (HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
METHODS: Final = frozenset({"get", "put", "post", "delete", "patch"})
WRITING: Final = METHODS - {"get"}


def install(app: FastAPI) -> None:
    """Have `app.openapi()` declare, for each operation, every status that it can give."""
    found = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            declare(found())
        return app.openapi_schema or {}

    app.openapi = complete  # type: ignore[method-assign]  # as FastAPI documents


def declare(document: dict[str, Any]) -> None:
    """Add to each operation the problems that follow from its kind.

    Those of its own, such as 404 of an operation whose path names nothing, a route declares
    itself with `responses={404: {"model": Problem}}`.
    """
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for kind in UNSEEN:
        made = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(made.pop("$defs", {}))
        if (
            schemas.setdefault(kind.__name__, made)["properties"].keys()
            != made["properties"].keys()
        ):
            raise TypeError(f"two messages are called {kind.__name__}")
    for path, operations in document.get("paths", {}).items():
        for method, operation in operations.items():
            if method in METHODS:
                _declare_one(path, method, operation)
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _declare_one(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    wanted: list[HTTPStatus] = []
    if path.startswith("/api/"):
        wanted += [*ANY, *GUARDED]
    elif operation.get("x-permission", OPEN) != OPEN:
        wanted += GUARDED
    if method in WRITING:
        wanted += BODIED
    # A body may name what is not there; /oidc/ exists where the settings say so.
    if "{" in path or "/oidc/" in path or (method in WRITING and path.startswith("/api/")):
        wanted.append(HTTPStatus.NOT_FOUND)
    names = {entry["name"].lower() for entry in operation.get("parameters", ())}
    if "if-match" in names:
        wanted += CONDITIONAL
    for status in wanted:
        before = responses.get(str(int(status)))
        if before is None or "HTTPValidationError" in str(before):
            responses[str(int(status))] = {"description": status.phrase}
    for status, response in responses.items():
        if status.isdigit() and int(status) >= HTTPStatus.BAD_REQUEST:
            content = response.get("content", {})
            if not content or "schemas/Problem" in str(content):
                schema = {"$ref": "#/components/schemas/Problem"}
                response["content"] = {MEDIA_TYPE: {"schema": schema}}
