"""Schemathesis over the whole OpenAPI document: nothing undeclared, nothing that breaks."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from facewarden.access.principal import RIGHTS, Role, Scope
from facewarden.config.settings import Settings
from facewarden.config.store import StoreSettings
from facewarden.data import SubjectDetails
from facewarden.server.app import create_app
from facewarden.server.context import Context
from facewarden.store.key import TemplateKey
from facewarden.store.open import open_store, sqlite_url
from loopback import served

EXAMPLES = 12
STREAMS = r"/api/v1/events|live"
"""Answers that do not end by themselves; they have tests of their own."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve a store with something in it; yields the address and an administrator's key."""
    folder: Path = tmp_path_factory.mktemp("openapi")
    chosen = Settings(store=StoreSettings(data_dir=folder))
    with open_store(sqlite_url(chosen.store.path), TemplateKey(bytes(32))) as store:
        store.watchlists.ensure("missing")
        store.watchlists.add_subject(SubjectDetails("Ann"), "missing")
        # Whoever asks is not among those whom small numbers name: some routes end their keys.
        for number in range(1, 40):
            store.people.create(f"user-{number}", Role.VIEWER, Scope(), actor="test")
        account = store.people.create("root", Role.ADMINISTRATOR, Scope(), actor="test")
        words, _ = store.api_keys.create(
            account.user_id,
            "tests",
            RIGHTS[Role.ADMINISTRATOR],
            Scope(),
            datetime.now(UTC) + timedelta(days=1),
            actor="test",
        )
        app = create_app(Context(chosen, store))
        limits = app.state.gatekeeper.limits
        for limit in (limits.credential, limits.address):
            limit._rate = limit._rate.__class__(per_s=1e6, burst=10**6)
        with served(app) as address:
            yield address, words.written()


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.slow
def test_every_answer_is_declared(service: tuple[str, str]) -> None:
    address, key = service
    document = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json")
    document.config.generation.update(with_security_parameters=False)
    problems, asked = [], 0
    statuses: Counter[int] = Counter()
    for found in document.exclude(path_regex=STREAMS).get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Any) -> None:
            answer = case.call_and_validate(
                headers={"Authorization": f"Bearer {key}"}, checks=CHECKS
            )
            statuses[answer.status_code] += 1

        try:
            ask()
        except (FailureGroup, Failure) as failure:
            problems.append(f"{operation.label}: {failure}")
        asked += 1
    assert asked > 40
    # Most of them were let in: what was tried is the routes, not their guard.
    assert statuses[401] < 0.1 * statuses.total(), statuses
    assert {200, 201, 404, 409, 412, 422, 428} <= statuses.keys(), statuses
    assert not problems, "\n\n".join(problems)
