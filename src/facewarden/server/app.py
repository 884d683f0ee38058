"""The application: every router, and what stands around all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import anyio
from fastapi import APIRouter, FastAPI

from facewarden import __version__
from facewarden.dashboard.pages import Pages
from facewarden.server import openapi, permissions, problems
from facewarden.server.body_limit import BodyLimit
from facewarden.server.context import Context
from facewarden.server.counting import Counting
from facewarden.server.gatekeeper import Gatekeeper
from facewarden.server.headers import SafeHeaders
from facewarden.server.problems import LastResort
from facewarden.server.refusals import Refusals
from facewarden.server.routes import (
    alerts,
    audit,
    cameras,
    casework,
    deployments,
    events,
    first_start,
    health,
    jobs,
    keys,
    live,
    lookups,
    metrics,
    models,
    oidc,
    references,
    reports,
    search,
    session,
    sightings,
    status,
    subjects,
    users,
    watchlists,
)
from facewarden.server.routes.dashboard import dashboard_router

ROUTERS: Final[tuple[APIRouter, ...]] = (
    health.router,
    first_start.router,
    session.router,
    users.router,
    keys.router,
    oidc.router,
    subjects.router,
    references.router,
    watchlists.router,
    alerts.router,
    casework.router,
    deployments.router,
    lookups.router,
    audit.router,
    cameras.router,
    live.router,
    sightings.router,
    search.router,
    reports.router,
    models.router,
    jobs.router,
    events.router,
    status.router,
    metrics.router,
)
"""Every topic; whoever adds a file to routes/ adds its router here."""

ABOUT: Final = """\
Everything that the dashboard and the command line can do. Errors are problem+json (RFC 9457).
Lists come in pages: pass `next` as `cursor`. What you may not see answers exactly like what does
not exist. Changes need If-Match; POST takes an Idempotency-Key. Times are UTC."""


def create_app(context: Context) -> FastAPI:
    """Make the ASGI application of a context; the caller opens and closes what is in it."""
    app = FastAPI(
        title="facewarden",
        version=__version__,
        description=ABOUT,
        openapi_url="/api/v1/openapi.json",
        # The pages of the documentation load scripts from elsewhere; no request leaves here.
        docs_url=None,
        redoc_url=None,
        # A path that is nearly right would be led on to whatever host the request named.
        redirect_slashes=False,
        lifespan=_lifespan,
        separate_input_output_schemas=False,
    )
    app.state.context = context
    app.state.gatekeeper = Gatekeeper(
        context.store, context.settings.server, https=context.options.https
    )
    routers = (*ROUTERS, dashboard_router(Pages()))
    permissions.mark(routers)
    for router in routers:
        app.include_router(router)
    app.state.refusals = Refusals(context.store.audit)
    problems.install(app, app.state.refusals.note)
    openapi.install(app)
    permissions.install(app)
    # The last one added is the first to see a request.
    app.add_middleware(BodyLimit)
    app.add_middleware(LastResort)
    app.add_middleware(Counting, counters=context.counters)
    app.add_middleware(SafeHeaders, https=context.options.https)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    context: Context = app.state.context
    started = []
    try:
        for part in context.lifetimes:
            await anyio.to_thread.run_sync(part.start)
            started.append(part)
        yield
    finally:
        for part in reversed(started):
            await anyio.to_thread.run_sync(part.stop)
