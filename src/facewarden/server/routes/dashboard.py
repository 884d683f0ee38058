"""The dashboard's page and assets; everything that they show comes from the REST interface."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from facewarden.dashboard.pages import Asset, Pages
from facewarden.server.principal import for_anyone
from facewarden.server.problems import NotFound

KEEP: Final = "public, max-age=31536000, immutable"
ASK: Final = "no-cache"
"""The page itself is asked for each time: it names the assets' version."""


def dashboard_router(pages: Pages) -> APIRouter:
    """Make the routes of a set of pages."""
    router = APIRouter(tags=["dashboard"], dependencies=[for_anyone], include_in_schema=False)

    @router.get("/")
    def page(request: Request) -> Response:
        """Return the one page of the dashboard."""
        tag = f'"{pages.version}"'
        headers = {"Cache-Control": ASK, "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return _answer(pages.index, headers)

    @router.get("/assets/{version}/{name:path}")
    def asset(
        version: Annotated[str, Path(max_length=64)], name: Annotated[str, Path(max_length=200)]
    ) -> Response:
        """Return a style sheet or a module."""
        found = pages.asset(version, name)
        if found is None:
            raise NotFound
        return _answer(found, {"Cache-Control": KEEP})

    return router


def _answer(asset: Asset, headers: dict[str, str]) -> Response:
    return Response(asset.body, headers=headers | {"Content-Type": asset.media_type})
