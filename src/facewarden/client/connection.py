"""Requests and answers: keys, paths, pages, ETags, repeats and errors."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from facewarden.api.problem import Problem
from facewarden.client.errors import Unreachable, refused

Answer = TypeVar("Answer")

ATTEMPTS: Final = 3
"""For what may be repeated: reading, changes with an ETag, and POST with its Idempotency-Key."""
LONGEST_WAIT_S: Final = 10.0
AGAIN: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Seen(Generic[Answer]):
    """An object, and the ETag of the state in which it was seen: pass it with a change."""

    value: Answer
    etag: str


class Connection:
    """One server and one API key; used from one thread at a time.

    Args:
        http: sends requests; made by `Client`.
    """

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def send(
        self,
        method: str,
        template: str,
        names: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, object] | None = None,
        body: BaseModel | bytes | None = None,
        etag: str | None = None,
        once: bool = False,
    ) -> httpx.Response:
        """Send a request, again where that is harmless; return the answer.

        Args:
            template: the path, as the OpenAPI document has it.
            names: for the braces in it.
            query: None values are left out.
            etag: of the state that is to be changed.
            once: the route takes an Idempotency-Key.

        Raises:
            Unreachable: nobody answered.
            Refused: the server did not do it.
        """
        path = template.format(**{n: quote(str(v), safe="") for n, v in (names or {}).items()})
        headers = {"If-Match": etag} if etag is not None else {}
        content: bytes | None = None
        if isinstance(body, BaseModel):
            content = body.model_dump_json(exclude_unset=method == "PATCH").encode()
            headers["Content-Type"] = "application/json"
        elif body is not None:
            content = body
            headers["Content-Type"] = "application/octet-stream"
        if once:
            headers["Idempotency-Key"] = uuid4().hex
        harmless = once or method != "POST"
        params = {
            name: [_text(one) for one in value] if isinstance(value, list) else _text(value)
            for name, value in (query or {}).items()
            if value is not None
        }
        for attempt in range(ATTEMPTS):
            last = attempt + 1 == ATTEMPTS
            try:
                answer = self.http.request(
                    method, path, params=params, content=content, headers=headers
                )
            except httpx.TransportError as error:
                if last or not harmless:
                    raise Unreachable(
                        "the server does not answer",
                        found=type(error).__name__,
                        remedy="check its address, and that it runs",
                    ) from None
                time.sleep(0.2 * 2**attempt)
                continue
            if answer.status_code not in AGAIN or last:
                break
            time.sleep(_wait_s(answer))
        if answer.is_error:
            raise refused(problem_of(answer))
        return answer

    def call(
        self,
        kind: type[Answer],
        method: str,
        template: str,
        names: Mapping[str, object] | None = None,
        **more: Any,
    ) -> Answer:
        """Return the answer as a message of `kind`."""
        answer = self.send(method, template, names, **more)
        return TypeAdapter(kind).validate_json(answer.content)

    def seen(
        self,
        kind: type[Answer],
        method: str,
        template: str,
        names: Mapping[str, object] | None = None,
        **more: Any,
    ) -> Seen[Answer]:
        """Return the answer with its ETag."""
        answer = self.send(method, template, names, **more)
        value = TypeAdapter(kind).validate_json(answer.content)
        return Seen(value, answer.headers.get("ETag", ""))

    def pages(
        self,
        kind: type[Answer],
        template: str,
        names: Mapping[str, object] | None = None,
        *,
        query: Mapping[str, object] | None = None,
    ) -> Iterator[Answer]:
        """Yield the items of a list, page by page as they are asked for."""
        adapter = TypeAdapter(list[kind])  # type: ignore[valid-type]
        cursor: str | None = None
        while True:
            wanted = dict(query or {}) | {"cursor": cursor}
            page = self.send("GET", template, names, query=wanted).json()
            yield from adapter.validate_python(page["items"])
            cursor = page["next"]
            if cursor is None:
                return


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def problem_of(answer: httpx.Response) -> Problem:
    """Return what an answer says is wrong."""
    try:
        return Problem.model_validate_json(answer.content)
    except ValidationError:
        return Problem(
            title="an answer that is no problem of ours",
            status=answer.status_code,
            detail=f"{answer.status_code} {answer.reason_phrase}",
            remedy="check that this is the address of a facewarden server",
        )


def _wait_s(answer: httpx.Response) -> float:
    given = answer.headers.get("Retry-After", "1")
    return min(LONGEST_WAIT_S, float(given) if given.isdigit() else 1.0)
