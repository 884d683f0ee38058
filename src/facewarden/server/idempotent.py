"""Idempotency-Key: a POST that is repeated after a lost answer is done once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from facewarden.server.context import ContextDep
from facewarden.server.problems import Unprocessable
from facewarden.server.turns import Turns
from facewarden.store.idempotency import Idempotency, StoredAnswer

Answer = TypeVar("Answer", bound=BaseModel)

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=100,
        pattern=r"^[A-Za-z0-9._:-]+$",
        description="A word of your own, new for each thing to be made. The same request sent "
        "again within a day with it gets the first answer, and nothing is made twice; another "
        "request with it gets 422.",
    ),
]


@dataclass(frozen=True, slots=True)
class Once:
    """Does what one POST asks for, unless it was done already."""

    key: str | None
    route: str
    query: str
    response: Response
    answers: Idempotency
    turns: Turns

    def __call__(
        self,
        user_id: int,
        asked: BaseModel | bytes | str,
        kind: type[Answer],
        make: Callable[[], Answer],
    ) -> Answer:
        """Return `make()`, or the answer to the same request before.

        Args:
            user_id: who asks: keys of others are others.
            asked: the body, or what stands for it, such as the hash of an upload.
            kind: of the answer.
            make: does it; what it raises is not kept, so that the request can be repeated.

        Raises:
            Unprocessable: the key was used for another request.
        """
        if self.key is None:
            return make()
        digest = _digest(self.query, asked)
        name = (self.key, user_id, self.route)
        self.turns.take(name)
        try:
            kept = self.answers.find(*name)
            if kept is None:
                made = make()
                status = self.response.status_code or 200
                self.answers.keep(
                    *name, StoredAnswer(digest, status, made.model_dump_json().encode())
                )
                return made
        finally:
            self.turns.give(name)
        if kept.body_digest != digest:
            raise Unprocessable(
                "this Idempotency-Key was used for another request",
                remedy="take a new key for each thing to be made",
            )
        self.response.headers["Idempotent-Replayed"] = "true"
        return kind.model_validate_json(kept.answer)


def once(request: Request, response: Response, context: ContextDep, key: KeyHeader = None) -> Once:
    """Make the dependency."""
    route = f"{request.method} {request.url.path}"
    return Once(key, route, request.url.query, response, context.store.idempotency, context.turns)


OnceDep = Annotated[Once, Depends(once)]


def _digest(query: str, asked: BaseModel | bytes | str) -> str:
    match asked:
        case BaseModel():
            content = asked.model_dump_json().encode()
        case str():
            content = asked.encode()
        case _:
            content = asked
    # What stands in the address, such as a watchlist, is part of what was asked.
    return hashlib.sha256(query.encode() + b"\0" + content).hexdigest()
