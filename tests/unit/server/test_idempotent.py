from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from fastapi import Response
from pydantic import BaseModel

from facewarden.access.principal import Role, Scope
from facewarden.server.idempotent import Once
from facewarden.server.problems import Unprocessable
from facewarden.server.turns import Turns
from facewarden.store.open import Store


class Thing(BaseModel):
    number: int


class Asked(BaseModel):
    name: str


class Maker:
    def __init__(self, store: Store) -> None:
        self._numbers = count(1)
        self.answers, self.turns = store.idempotency, Turns()
        for login in ("ada", "ben"):
            store.people.create(login, Role.SUPERVISOR, Scope(), actor="tester")

    def make(self) -> Thing:
        return Thing(number=next(self._numbers))

    def ask(self, key: str | None, name: str = "a", user_id: int = 1) -> tuple[int, bool]:
        response = Response()
        once = Once(key, "POST /things", "", response, self.answers, self.turns)
        made = once(user_id, Asked(name=name), Thing, self.make)
        return made.number, "idempotent-replayed" in response.headers


def test_the_same_request_again_gets_the_first_answer(store: Store) -> None:
    maker = Maker(store)
    assert maker.ask("key-0001") == (1, False)
    assert maker.ask("key-0001") == (1, True)
    assert maker.ask("key-0002") == (2, False)
    assert maker.ask(None) == (3, False)
    assert maker.ask("key-0001", user_id=2) == (4, False)


def test_a_key_is_for_one_request(store: Store) -> None:
    maker = Maker(store)
    maker.ask("key-0001")
    with pytest.raises(Unprocessable):
        maker.ask("key-0001", name="b")


def test_what_failed_can_be_repeated(store: Store) -> None:
    maker = Maker(store)
    once = Once("key-0001", "POST /things", "", Response(), maker.answers, maker.turns)

    def fails() -> Thing:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(1, Asked(name="a"), Thing, fails)
    assert maker.ask("key-0001") == (1, False)


def test_at_the_same_time_it_is_done_once(store: Store) -> None:
    maker = Maker(store)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: maker.ask("key-0001"), range(40)))
    assert {number for number, _ in found} == {1}
    assert sum(replayed for _, replayed in found) == 39
