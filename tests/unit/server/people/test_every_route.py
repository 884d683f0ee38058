"""Every route with every role, without and with a credential that has ended, and with objects that
belong to somebody else.

RIGHTS_OF_ROUTES is written by hand: a route that is not in it, or asks for another right than it
says, fails. Whoever adds a route adds its line.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIWebSocketRoute

from facewarden.access.account import Account
from facewarden.access.bucket import Rate
from facewarden.access.principal import RIGHTS, Permission, Role, Scope
from facewarden.config.camera import CameraSettings
from facewarden.data import Snapshot, SubjectDetails
from facewarden.data.deployment import DeploymentPlan
from facewarden.data.lookup import Authority
from facewarden.data.sighting import Sighting
from facewarden.server.app import ROUTERS, create_app
from facewarden.server.context import Context
from facewarden.server.limits import Limits
from facewarden.server.permissions import declared
from facewarden.store.open import Store
from factories import alert
from unit.server.people.conftest import Clock
from unit.server.signing import browser, cheaply, person, program
from unit.store.making import a_reference

V, P, S, A, U = Role.VIEWER, Role.OPERATOR, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR

WHO: Final[dict[str, set[Role]]] = {
    "alert.read": {V, P, S, A},
    "alert.review": {P, S, A},
    "subject.read": {V, P, S, A},
    "subject.write": {S, A},
    "subject.remove": {S, A},
    "watchlist.read": {V, P, S, A},
    "watchlist.write": {S, A},
    "camera.read": {V, P, S, A},
    "camera.write": {A},
    "live.view": {V, P, S, A},
    "live.unblurred": {S, A},
    "sighting.read": {V, P, S, A},
    "lookup.run": {P, S, A},
    "deployment.read": {V, P, S, A, U},
    "deployment.write": {S, A},
    "deployment.authorise": {S, A},
    "report.read": {S, A, U},
    "audit.read": {A, U},
    "user.manage": {A},
    "model.read": {S, A, U},
    "health.read": {P, S, A, U},
    "settings.manage": {A},
}

RIGHTS_OF_ROUTES: Final = {
    "GET /api/v1/alerts": "alert.read",
    "GET /api/v1/alerts/{alert_id}": "alert.read",
    "GET /api/v1/alerts/{alert_id}/looks": "alert.read",
    "GET /api/v1/alerts/{alert_id}/presentation-picture": "alert.read",
    "GET /api/v1/alerts/{alert_id}/reference": "alert.read",
    "POST /api/v1/alerts/{alert_id}/reviews": "alert.review",
    "GET /api/v1/alerts/{alert_id}/snapshot": "alert.read",
    "GET /api/v1/audit": "audit.read",
    "POST /api/v1/audit/check": "audit.read",
    "GET /api/v1/audit/export": "audit.read",
    "GET /api/v1/audit/head": "audit.read",
    "POST /api/v1/audit/note": "audit.read",
    "GET /api/v1/audit/receipts": "audit.read",
    "GET /api/v1/audit/{position}/picture": "audit.read lookup.run",
    "GET /api/v1/cameras": "camera.read",
    "POST /api/v1/cameras": "camera.write",
    "POST /api/v1/cameras/test": "camera.write",
    "GET /api/v1/cameras/{camera_id}": "camera.read",
    "PUT /api/v1/cameras/{camera_id}": "camera.write",
    "DELETE /api/v1/cameras/{camera_id}": "camera.write",
    "GET /api/v1/cameras/{camera_id}/live.mjpeg": "live.view",
    "POST /api/v1/cameras/{camera_id}/test": "camera.write",
    "GET /api/v1/casework/alerts": "alert.read",
    "GET /api/v1/casework/alerts/{alert_id}": "alert.read",
    "GET /api/v1/casework/alerts/{alert_id}/colleagues": "alert.review",
    "POST /api/v1/casework/alerts/{alert_id}/acknowledge": "alert.review",
    "POST /api/v1/casework/alerts/{alert_id}/comments": "alert.review",
    "POST /api/v1/casework/alerts/{alert_id}/escalate": "alert.review",
    "POST /api/v1/casework/alerts/{alert_id}/hand-over": "alert.review",
    "POST /api/v1/casework/alerts/{alert_id}/reopen": "alert.review",
    "GET /api/v1/casework/watchlists/{name}": "watchlist.read",
    "PUT /api/v1/casework/watchlists/{name}": "watchlist.write",
    "GET /api/v1/deployments": "deployment.read",
    "POST /api/v1/deployments": "deployment.write",
    "GET /api/v1/deployments/public-key": "deployment.read",
    "GET /api/v1/deployments/{deployment_id}": "deployment.read",
    "PUT /api/v1/deployments/{deployment_id}": "deployment.write",
    "POST /api/v1/deployments/{deployment_id}/authorise": "deployment.authorise",
    "GET /api/v1/deployments/{deployment_id}/certificate": "deployment.read",
    "POST /api/v1/deployments/{deployment_id}/end": "deployment.write",
    "GET /api/v1/deployments/{deployment_id}/report": "report.read",
    "GET /api/v1/deployments/{deployment_id}/report.html": "report.read",
    "POST /api/v1/deployments/{deployment_id}/report": "alert.read report.read subject.read",
    "POST /api/v1/deployments/{deployment_id}/withdraw": "deployment.write",
    "GET /api/v1/doctor": "health.read",
    "GET /api/v1/events": "alert.read",
    "GET /api/v1/first-start": "anyone",
    "POST /api/v1/first-start": "anyone",
    "GET /api/v1/jobs": "signed-in",
    "GET /api/v1/jobs/{job_id}": "signed-in",
    "DELETE /api/v1/jobs/{job_id}": "signed-in",
    "GET /api/v1/keys": "in-person",
    "POST /api/v1/keys": "in-person",
    "DELETE /api/v1/keys/{key_id}": "in-person",
    "GET /api/v1/lookups": "lookup.run",
    "GET /api/v1/lookups/{lookup_id}": "lookup.run",
    "POST /api/v1/lookups/{lookup_id}/authorise": "deployment.authorise",
    "POST /api/v1/lookups/{lookup_id}/refuse": "deployment.authorise",
    "GET /api/v1/lookups/{lookup_id}/result": "lookup.run",
    "GET /api/v1/models": "model.read",
    "GET /api/v1/oidc": "anyone",
    "GET /api/v1/oidc/begin": "anyone",
    "GET /api/v1/oidc/callback": "anyone",
    "POST /api/v1/references/import": "subject.write",
    "GET /api/v1/references/{reference_id}": "subject.read",
    "DELETE /api/v1/references/{reference_id}": "subject.write",
    "GET /api/v1/references/{reference_id}/image": "subject.read",
    "GET /api/v1/reports/watch": "report.read",
    "GET /api/v1/reports/watch.html": "report.read",
    "POST /api/v1/search": "lookup.run",
    "GET /api/v1/session": "in-person",
    "POST /api/v1/session": "anyone",
    "DELETE /api/v1/session": "in-person",
    "GET /api/v1/session/all": "in-person",
    "DELETE /api/v1/session/all/{session_id}": "in-person",
    "POST /api/v1/session/invitation": "anyone",
    "POST /api/v1/session/password": "in-person",
    "POST /api/v1/session/totp": "in-person",
    "POST /api/v1/session/totp/confirm": "in-person",
    "POST /api/v1/session/totp/remove": "in-person",
    "GET /api/v1/sightings": "sighting.read",
    "GET /api/v1/sinks": "health.read",
    "GET /api/v1/status": "health.read",
    "GET /api/v1/subjects": "subject.read",
    "POST /api/v1/subjects": "subject.write",
    "GET /api/v1/subjects/{subject_id}": "subject.read",
    "PATCH /api/v1/subjects/{subject_id}": "subject.write",
    "DELETE /api/v1/subjects/{subject_id}": "subject.remove",
    "GET /api/v1/subjects/{subject_id}/held-back": "subject.read",
    "POST /api/v1/subjects/{subject_id}/merge": "subject.remove",
    "GET /api/v1/subjects/{subject_id}/references": "subject.read",
    "POST /api/v1/subjects/{subject_id}/references": "subject.write",
    "POST /api/v1/subjects/{subject_id}/split": "subject.write",
    "PUT /api/v1/subjects/{subject_id}/watchlists/{watchlist}": "subject.write",
    "DELETE /api/v1/subjects/{subject_id}/watchlists/{watchlist}": "subject.write",
    "GET /api/v1/users": "user.manage",
    "POST /api/v1/users": "user.manage",
    "GET /api/v1/users/{user_id}": "user.manage",
    "PATCH /api/v1/users/{user_id}": "user.manage",
    "GET /api/v1/users/{user_id}/keys": "user.manage",
    "DELETE /api/v1/users/{user_id}/keys/{key_id}": "user.manage",
    "POST /api/v1/users/{user_id}/reset": "user.manage",
    "GET /api/v1/watchlists": "watchlist.read",
    "POST /api/v1/watchlists": "watchlist.write",
    "GET /api/v1/watchlists/{name}": "watchlist.read",
    "PUT /api/v1/watchlists/{name}": "watchlist.write",
    "GET /health/live": "anyone",
    "GET /health/ready": "anyone",
    "GET /metrics": "health.read",
}
STREAMS: Final = {
    "/api/v1/cameras/{camera_id}/live": "live.view",
    "/api/v1/events/ws": "alert.read",
}
OPEN, OWN, ANYBODY = "anyone", "in-person", "signed-in"
NOWHERE: Final = {
    "subject_id": "999999",
    "reference_id": "999999",
    "deployment_id": "999999",
    "lookup_id": "999999",
    "position": "999999",
    "user_id": "999999",
    "alert_id": "f" * 32,
    "job_id": "f" * 32,
    "key_id": "f" * 16,
    "session_id": "f" * 16,
    "camera_id": "nowhere",
    "watchlist": "nowhere",
    "name": "nowhere",
}
LOCAL: Final = {"user_id", "key_id", "session_id", "job_id", "position"}
"""What no scope limits: users, the audit log, and what is somebody's own."""

ROUTES = sorted(RIGHTS_OF_ROUTES)
GUARDED = [route for route in ROUTES if RIGHTS_OF_ROUTES[route] != OPEN]


@pytest.fixture
def app(context: Context) -> FastAPI:
    made = create_app(context)
    free = Rate(per_s=1e6, burst=10**6)
    cheaply(made, context, Limits(free, free, free))
    return made


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now = datetime.now(UTC)
    return clock


def filled(route: str, **values: str) -> tuple[str, str]:
    method, path = route.split(" ", 1)
    for name, value in (NOWHERE | values).items():
        path = path.replace("{" + name + "}", value)
    assert "{" not in path, f"say in NOWHERE what stands for the parameter of {path}"
    return method, path


def ask(client: httpx.Client, route: str, **values: str) -> int:
    """Return the status of a request without a body, whose objects do not exist."""
    method, path = filled(route, **values)
    with client.stream(method, path) as answer:  # some never end
        return answer.status_code


def may(role: Role, right: str) -> bool:
    return right in (OPEN, OWN, ANYBODY) or all(role in WHO[one] for one in right.split())


def test_the_roles_have_these_rights_and_no_others() -> None:
    assert {
        permission.value: {role for role in Role if permission in RIGHTS[role]}
        for permission in Permission
    } == WHO


def test_every_route_asks_for_the_right_that_the_table_says(app: FastAPI) -> None:
    found = {
        f"{method.upper()} {path}": operation.get("x-permission")
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }
    assert found == RIGHTS_OF_ROUTES


def test_every_stream_asks_for_the_right_that_the_table_says() -> None:
    found = {
        route.path: " ".join(word for word in declared(route) if word != ANYBODY)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIWebSocketRoute)
    }
    assert found == STREAMS


def walk(wanted: list[str], right: Callable[[str], int]) -> dict[str, int]:
    """Return the routes that did not answer as they should, with what they answered."""
    return {route: status for route in wanted if (status := right(route)) not in (401,)}


def test_without_a_valid_credential_nothing_is_told(
    store: Store, address: str, clock: Clock
) -> None:
    ada = person(store, "ada")
    with ExitStack() as stack:
        none = stack.enter_context(httpx.Client(base_url=address))
        ended = stack.enter_context(browser(store, address, ada, hours=1))
        old = stack.enter_context(program(store, address, ada, Permission, hours=1))
        out = stack.enter_context(browser(store, address, ada, hours=9))
        wrong = stack.enter_context(httpx.Client(base_url=address))
        wrong.headers["Authorization"] = "Bearer fw_" + "0" * 16 + "_" + "A" * 43
        clock.forward(hours=8)
        found = {
            name: walk(GUARDED, lambda route, client=client: ask(client, route))  # type: ignore[misc]
            for name, client in (
                ("no credential", none),
                ("a session that has ended", ended),
                ("a session that was not used for long", out),
                ("a key that has ended", old),
                ("a key that never was", wrong),
            )
        }
    assert not any(found.values()), found


@pytest.mark.parametrize("role", Role)
def test_each_role_may_do_what_the_table_says_and_no_more(
    store: Store, address: str, role: Role
) -> None:
    account = person(store, "ada", role)
    person(store, "eve")  # so that there is another administrator
    wrong: dict[str, int] = {}
    with browser(store, address, account) as shared:
        for route in ROUTES:
            right = RIGHTS_OF_ROUTES[route]
            if right == OWN:  # some end the session
                with browser(store, address, account) as own:
                    status = ask(own, route)
            else:
                status = ask(shared, route)
            refused = status in (401, 403)
            if refused is may(role, right) or status >= 500:
                wrong[route] = status
    assert not wrong


def test_a_key_may_only_what_it_was_given(store: Store, address: str) -> None:
    ada = person(store, "ada")
    wrong: dict[str, int] = {}
    with ExitStack() as stack:
        for right in sorted(set(RIGHTS_OF_ROUTES.values()) - {OPEN, OWN, ANYBODY}):
            given = {Permission(one) for one in right.split()}
            only = stack.enter_context(program(store, address, ada, given))
            but = stack.enter_context(program(store, address, ada, set(Permission) - given))
            for route in (route for route in ROUTES if RIGHTS_OF_ROUTES[route] == right):
                statuses = (ask(only, route), ask(but, route))
                if statuses[0] in (401, 403) or statuses[1] != 403:
                    wrong[route] = statuses[0] if statuses[0] in (401, 403) else statuses[1]
        every = stack.enter_context(program(store, address, ada, Permission))
        for route in (route for route in ROUTES if RIGHTS_OF_ROUTES[route] == OWN):
            if (status := ask(every, route)) != 403:
                wrong[route] = status
    assert not wrong


def test_no_change_by_cookie_goes_without_its_token(store: Store, address: str) -> None:
    with browser(store, address, person(store, "ada")) as page:
        del page.headers["X-CSRF-Token"]
        wrong = {
            route: status
            for route in GUARDED
            if not route.startswith("GET ") and (status := ask(page, route)) != 403
        }
    assert not wrong


# --- what belongs to somebody else ----------------------------------------------------------------

NAME, REFERENCE, PLACE = "Quillfeather", "CASE-THEIRS", "Backyard"
OURS = Scope(frozenset({"ours"}), frozenset({"gate"}))


@pytest.fixture
def theirs(store: Store) -> dict[str, str]:
    """Write down a subject, an alert, a camera and a watchlist that are outside of OURS."""
    now = store.people._database.clock()
    made: dict[str, str] = {}
    for watchlist, camera in (("ours", "gate"), ("theirs", "yard")):
        store.watchlists.ensure(watchlist)
        other = watchlist == "theirs"
        details = SubjectDetails(NAME if other else "Ann", REFERENCE if other else "CASE-OURS")
        subject_id = store.watchlists.add_subject(details, watchlist)
        (reference_id,) = store.watchlists.add_references(
            subject_id, [a_reference(subject_id, source=b"\xff\xd8 of " + watchlist.encode())]
        )
        store.cameras.create(
            CameraSettings(
                id=camera,
                name=PLACE if other else "Gate",
                group=camera,
                source=f"rtsp://{camera}.example/1",
            )
        )
        number = subject_id + 100
        one = replace(
            alert(number),
            subject_id=subject_id,
            subject_name=details.name,
            external_reference=details.external_reference,
            reference_id=reference_id,
            watchlist=watchlist,
            camera_id=camera,
            camera_name=PLACE if other else "Gate",
            snapshot=Snapshot(b"\xff\xd8 snapshot", 100, 80, (1, 2, 30, 40)),
            seen_at=now,
            last_seen_at=now,
            received_at=now,
            decided_at=now,
        )
        store.alerts.record(one, [], strip=one.snapshot)
        store.sightings.record(
            Sighting(f"s{number}", camera, watchlist, subject_id, one.alert_id, now, now, 0.6, 3)
        )
        made = {
            "subject_id": str(subject_id),
            "reference_id": str(reference_id),
            "alert_id": one.alert_id,
            "camera_id": camera,
            "watchlist": watchlist,
            "name": watchlist,
        }
    plan = DeploymentPlan(
        purpose=f"To find {NAME}",
        place=PLACE,
        legal_basis="a warrant",
        cameras=("yard",),
        watchlists=("theirs",),
        starts_at=now + timedelta(hours=1),
        ends_at=now + timedelta(hours=2),
        keep_unconfirmed_days=1,
    )
    made["deployment_id"] = str(store.deployments.propose(plan, "eve").deployment_id)
    asked = store.lookups.begin(
        Authority("", f"To find {NAME}", "a warrant", urgent=True),
        "eve",
        watchlists=["theirs"],
        image=b"picture",
        thumbnail=b"small picture",
    )
    made["lookup_id"] = str(asked.lookup_id)
    return made


@pytest.fixture
def limited(store: Store, address: str) -> Iterator[httpx.Client]:
    """Return a client that may do everything, with what is OURS."""
    rights = set(Permission) - {Permission.USER_MANAGE}
    ada: Account = person(store, "ada")
    with program(store, address, ada, rights, OURS) as client:
        yield client


def example(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """Return the least that fits a schema of ours."""
    if "$ref" in schema:
        return example(document["components"]["schemas"][schema["$ref"].split("/")[-1]], document)
    if examples := schema.get("examples"):
        return examples[-1]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return example(schema[word][0], document)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: example(fields[name], document) for name in schema.get("required", ())}
        case "array":
            return [example(schema["items"], document)] * schema.get("minItems", 0)
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case "string" if schema.get("format") == "date-time":
            return (datetime.now(UTC) + timedelta(days=1)).isoformat()
        case "string":
            return "x" * max(1, schema.get("minLength", 1))
    return None


def complete(document: dict[str, Any], route: str) -> dict[str, Any]:
    """Return what a valid request to a route consists of, beside its path."""
    method, path = route.split(" ", 1)
    operation = document["paths"][path][method.lower()]
    request: dict[str, Any] = {"headers": {"If-Match": "*"}, "params": {}}
    for entry in operation.get("parameters", ()):
        if entry.get("required") and entry["in"] == "query":
            request["params"][entry["name"]] = example(entry["schema"], document)
    for kind, said in operation.get("requestBody", {}).get("content", {}).items():
        json_body = kind == "application/json"
        body = json.dumps(BODIES.get(route) or example(said["schema"], document)).encode()
        request["content"] = body if json_body else b"\xff\xd8\xff\xe0"
        request["headers"]["Content-Type"] = kind
    return request


BODIES: Final[dict[str, Any]] = {
    "PUT /api/v1/watchlists/{name}": {},
    "POST /api/v1/subjects/{subject_id}/split": {"references": [1], "details": {"name": "B"}},
    "POST /api/v1/alerts/{alert_id}/reviews": {"state": "rejected", "reason": "x"},
}


def foreign() -> Iterator[tuple[str, str]]:
    for route in ROUTES:
        names = [part[1:].split("}")[0] for part in route.split("/") if part.startswith("{")]
        yield from ((route, name) for name in names if name not in LOCAL)


def test_what_is_somebody_elses_answers_as_what_does_not_exist(
    app: FastAPI, theirs: dict[str, str], limited: httpx.Client
) -> None:
    document, wrong = app.openapi(), {}
    for route, name in foreign():
        request = complete(document, route)
        answers = []
        for value in (theirs[name], NOWHERE[name]):
            ours = {"subject_id": "1", "watchlist": "ours"} | {name: value}
            answers.append(limited.request(*filled(route, **ours), **request))
        one, other = (
            (answer.status_code, answer.content, {**answer.headers, "date": ""})
            for answer in answers
        )
        if one[0] != 404 or one != other:
            wrong[route] = (one, other)
    assert not wrong


def test_no_list_names_what_is_somebody_elses(
    app: FastAPI, theirs: dict[str, str], limited: httpx.Client
) -> None:
    document, wrong = app.openapi(), {}
    for route in ROUTES:
        endless = route == "GET /api/v1/events"
        if route.startswith("GET ") and "{" not in route and not endless:
            answer = limited.request(*filled(route), **complete(document, route))
            words = (NAME, REFERENCE, PLACE, "theirs", "yard", theirs["alert_id"])
            told = [word for word in words if word in answer.text]
            if told or answer.status_code >= 500:
                wrong[route] = (answer.status_code, told)
    assert not wrong


def test_what_is_ones_own_is_there(
    app: FastAPI, theirs: dict[str, str], limited: httpx.Client
) -> None:
    """The two tests above would also pass if nothing at all were found."""
    for path, word in (
        ("/api/v1/subjects", "Ann"),
        ("/api/v1/subjects/1", "Ann"),
        ("/api/v1/alerts", "Ann"),
        ("/api/v1/sightings", "gate"),
        ("/api/v1/cameras", "gate"),
        ("/api/v1/watchlists", "ours"),
    ):
        assert word in limited.get(path).text, path
