"""Errors as answers: every failure becomes problem+json (RFC 9457), none a traceback."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose, WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from facewarden.api.problem import Detail, Problem
from facewarden.errors import (
    ConfigError,
    DataError,
    FacewardenError,
    InputError,
    ModelError,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreStale,
)
from facewarden.text import shown

log = logging.getLogger("facewarden.server")

MEDIA_TYPE: Final = "application/problem+json"
NAMES: Final = "urn:facewarden:problem:"
POLICY_VIOLATION: Final = 1008
"""RFC 6455, 7.4.1."""
LONGEST: Final = 500
"""Characters of what was found that an answer repeats: a request may hold megabytes."""


class Refusal(FacewardenError):
    """A request that is refused with a status of its own.

    Attributes:
        status: of the answer.
        headers: that go with it.
    """

    status: HTTPStatus = HTTPStatus.BAD_REQUEST

    def __init__(
        self,
        what: str,
        *,
        expected: str = "",
        found: str = "",
        remedy: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(what, expected=expected, found=found, remedy=remedy)
        self.headers = dict(headers or {})


class Unauthenticated(Refusal):
    """No valid credential."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(Refusal):
    """A right is missing, whatever the object."""

    status = HTTPStatus.FORBIDDEN


class Forged(Forbidden):
    """A request that a page of somebody else may have sent in a person's name.

    Attributes:
        login: whose credential came along.
    """

    def __init__(self, what: str, *, login: str, expected: str = "") -> None:
        super().__init__(what, expected=expected)
        self.login = login


class SocketRefused(WebSocketException):
    """A WebSocket that is refused before its handshake: an answer of 403, for which there is no
    problem to send.

    Attributes:
        refusal: why.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(POLICY_VIOLATION, refusal.what)
        self.refusal = refusal


class NotFound(Refusal):
    """No such object, or none that may be seen: one answer, so that nobody can tell which."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self) -> None:
        super().__init__("there is no such thing, or it is not yours to see")


class Conflict(Refusal):
    """The object is in a state that does not allow this."""

    status = HTTPStatus.CONFLICT


class Stale(Refusal):
    """Somebody else has changed the object since it was read."""

    status = HTTPStatus.PRECONDITION_FAILED


class ConditionMissing(Refusal):
    """A change without If-Match."""

    status = HTTPStatus.PRECONDITION_REQUIRED


class TooLarge(Refusal):
    """More bytes than this route takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooMany(Refusal):
    """More requests than are allowed; `headers` has Retry-After."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Unprocessable(Refusal):
    """Understood, but wrong."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Unavailable(Refusal):
    """Something that is needed is not there now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


_STATUS: Final[tuple[tuple[type[FacewardenError], HTTPStatus], ...]] = (
    (StoreBusy, HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreFull, HTTPStatus.INSUFFICIENT_STORAGE),
    (StoreStale, HTTPStatus.PRECONDITION_FAILED),
    # What the store refuses is a conflict: what does not exist is a NotFound of the route.
    (StoreError, HTTPStatus.CONFLICT),
    (ModelError, HTTPStatus.SERVICE_UNAVAILABLE),
    (InputError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ConfigError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (DataError, HTTPStatus.UNPROCESSABLE_ENTITY),
)


def status_of(error: FacewardenError) -> HTTPStatus:
    """Return the status that an error is answered with."""
    if isinstance(error, Refusal):
        return error.status
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status
    return HTTPStatus.INTERNAL_SERVER_ERROR


def problem_of(error: FacewardenError) -> Problem:
    """Return what is said of an error."""
    details: tuple[Detail, ...] = ()
    if isinstance(error, ConfigError):
        # One that was made without a list has its own words as the only line of it.
        own = shown(FacewardenError.__str__(error))
        lines = [line for line in error.problems if line != own]
        details = tuple(Detail(where="", what=_short(line)) for line in lines)
    told = {
        "expected": _short(error.expected),
        "found": _short(error.found),
        "remedy": _short(error.remedy),
        "problems": details,
    }
    return plain(status_of(error), _short(error.what)).model_copy(update=told)


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def answer_to(error: FacewardenError) -> Response:
    """Return the response to an error."""
    headers = dict(error.headers) if isinstance(error, Refusal) else {}
    if status_of(error) is HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if status_of(error) is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "1")
    return answer(problem_of(error), headers)


def plain(status: HTTPStatus, detail: str = "") -> Problem:
    """Return the problem of a status about which nothing more is known."""
    return Problem(
        type=NAMES + status.phrase.lower().replace(" ", "-"),
        title=status.phrase.lower(),
        status=status,
        detail=detail,
    )


def install(app: FastAPI, refused: Callable[[Forbidden, HTTPConnection], None]) -> None:
    """Have every failure of the routes of `app` answered as a problem.

    Args:
        refused: told of everybody who may not do what they asked for.
    """

    @app.exception_handler(FacewardenError)
    def ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, FacewardenError)  # noqa: S101  as registered
        if isinstance(error, Forbidden):
            refused(error, request)
        if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.warning("%s", error)
        return answer_to(error)

    # Starlette gives each kind of connection its own; its type knows only that of requests.
    @app.exception_handler(SocketRefused)
    def unopened(socket: Request, error: Exception) -> WebSocketClose:
        assert isinstance(error, SocketRefused)  # noqa: S101  as registered
        if isinstance(error.refusal, Forbidden):
            refused(error.refusal, socket)
        return WebSocketClose(error.code, error.reason)

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  as registered
        problem = plain(HTTPStatus.UNPROCESSABLE_ENTITY, "the request does not have its form")
        return answer(problem.model_copy(update={"problems": _details(error.errors())}))

    @app.exception_handler(HTTPException)
    def framework(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  as registered
        if error.status_code == HTTPStatus.NOT_FOUND:
            return answer_to(NotFound())
        status = HTTPStatus(error.status_code)
        return answer(plain(status, _short(str(error.detail))), error.headers)


class LastResort:
    """Answers 500 where something failed that nobody foresaw; it is logged, never told."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except (ClientDisconnect, ClientDisconnected, WebSocketDisconnect):
            # In the middle of an upload or a handshake: nobody is left to be answered.
            log.debug("a client went away: %s", shown(scope.get("path", "")))
        except Exception:  # the log's formatter leaves out what a library's text may hold
            log.exception("a request failed: %s", shown(scope.get("path", "")))
            if scope["type"] != "http" or started:
                raise
            problem = plain(HTTPStatus.INTERNAL_SERVER_ERROR, "this is a fault of facewarden")
            await answer(problem)(scope, receive, send)


def _details(errors: Any) -> tuple[Detail, ...]:
    return tuple(
        Detail(
            where=_short(".".join(str(part) for part in error.get("loc", ()))),
            what=_short(str(error.get("msg", ""))),
        )
        for error in list(errors)[:20]
    )


def _short(text: str) -> str:
    text = shown(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
