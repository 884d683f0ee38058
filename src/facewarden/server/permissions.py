"""The rights of routes, read from their dependencies: none may lack one, and OpenAPI tells them."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute

from facewarden.server.gatekeeper import COOKIE, CSRF_HEADER
from facewarden.server.principal import Anyone, InPerson, Required, Signed

DECLARED: Final = (Anyone, Signed, InPerson, Required)
OPEN: Final = Anyone.said
SCHEMES: Final[dict[str, Any]] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"Given by POST /api/v1/session. Changes also need {CSRF_HEADER}, as GET "
        "/api/v1/session says.",
    },
    "key": {"type": "http", "scheme": "bearer", "description": "An API key, fw_..."},
}


def mark(routers: Iterable[APIRouter]) -> None:
    """Write the rights of every route into its part of the OpenAPI document, as x-permission.

    Raises:
        TypeError: a route that declares none.
    """
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute | APIWebSocketRoute):
                said = declared(route)
                if isinstance(route, APIRoute):
                    route.openapi_extra = {**(route.openapi_extra or {}), **_told(said)}


def declared(route: APIRoute | APIWebSocketRoute) -> list[str]:
    """Return the rights that a route asks for: of `Permission`, or of `DECLARED`.

    Raises:
        TypeError: it declares none.
    """
    said = sorted({call.said for call in _calls(route.dependant) if isinstance(call, DECLARED)})
    if not said:
        raise TypeError(f"{route.path} declares no right: take one of server/principal.py")
    return said


def install(app: FastAPI) -> None:
    """Add the ways to sign in to the OpenAPI document of `app`."""
    found = app.openapi

    def complete() -> dict[str, Any]:
        document = found()
        document.setdefault("components", {})["securitySchemes"] = SCHEMES
        return document

    app.openapi = complete  # type: ignore[method-assign]  # as FastAPI documents


def _told(said: list[str]) -> dict[str, Any]:
    if said == [OPEN]:
        return {"x-permission": OPEN, "security": []}
    rights = [word for word in said if word not in (Signed.said, OPEN)] or said
    ways: list[dict[str, list[str]]] = [{"session": []}]
    if InPerson.said not in said:
        ways.append({"key": []})
    return {"x-permission": " ".join(rights), "security": ways}


def _calls(dependant: Dependant) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
