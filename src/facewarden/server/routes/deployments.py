"""Deployments: proposed, authorised by a second person, ended, reported."""

import hashlib
import json
from collections.abc import Iterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response

from facewarden.access.principal import Permission
from facewarden.api import deployments as wire
from facewarden.api.page import Page
from facewarden.data.deployment import Deployment, DeploymentPlan, DeploymentState
from facewarden.errors import StoreError
from facewarden.govern import lifecycle
from facewarden.review import deployment_html, deployment_report
from facewarden.server.asking import Asker, absent, may
from facewarden.server.etag import IfMatch, require_match, tagged
from facewarden.server.idempotent import OnceDep
from facewarden.server.paging import PageDep
from facewarden.server.principal import require
from facewarden.server.problems import NotFound, Unprocessable
from facewarden.server.routes.reports import PAGE_POLICY

router = APIRouter(prefix="/api/v1/deployments", tags=["deployments"])

Reader = Annotated[Asker, may(Permission.DEPLOYMENT_READ)]
Writer = Annotated[Asker, may(Permission.DEPLOYMENT_WRITE)]
Authoriser = Annotated[Asker, may(Permission.DEPLOYMENT_AUTHORISE)]
Reporter = Annotated[Asker, may(Permission.REPORT_READ)]
DeploymentId = Annotated[int, Path(ge=1, le=2**63 - 1)]

BATCH: Final = 200
"""Rows read at once while looking for those that somebody may see."""
_JSON: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}
_HTML: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}}
}


@router.get("")
def list_deployments(
    asker: Reader,
    wanted: PageDep,
    state: Annotated[DeploymentState | None, Query()] = None,
) -> Page[wire.Deployment]:
    """List deployments, the newest first."""
    last = wanted.last(int)
    rows = []
    for found in _visible(asker, state, int(last[0]) if last else None):
        rows.append(found)
        if len(rows) > wanted.limit:
            break
    return wanted.page(rows, lambda one: _wire(asker, one), lambda one: (one.deployment_id,))


@router.post("", status_code=201)
def propose_deployment(asker: Writer, given: wire.Plan, once: OnceDep) -> wire.Deployment:
    """Propose a deployment; somebody else authorises it."""
    _require_plan_seen(asker, given)

    def make() -> wire.Deployment:
        made = asker.context.store.deployments.propose(
            _plan(given), asker.who.login, user_id=asker.who.user_id, cameras=_cameras(asker)
        )
        return _wire(asker, made)

    return once(asker.who.user_id, given, wire.Deployment, make)


@router.get("/public-key")
def get_public_key(asker: Reader) -> wire.PublicKey:
    """Get what deletion certificates of this installation are checked with."""
    return wire.PublicKey(pem=asker.context.store.deployments.public_key().decode())


@router.get("/{deployment_id}")
def get_deployment(
    asker: Reader, deployment_id: DeploymentId, response: Response
) -> wire.Deployment:
    """Read one deployment."""
    return _answer(asker, _found(asker, deployment_id), response)


@router.put("/{deployment_id}")
def change_deployment(
    asker: Writer,
    deployment_id: DeploymentId,
    given: wire.Plan,
    response: Response,
    if_match: IfMatch = None,
) -> wire.Deployment:
    """Change what is proposed. What was authorised stops, and needs a second person again."""
    before = _found(asker, deployment_id)
    require_match(if_match, _state(before))
    _require_plan_seen(asker, given)
    # The version is checked again where it is written: of two people who change it, one fails.
    after = asker.context.store.deployments.change(
        deployment_id,
        _plan(given),
        asker.who.login,
        version=before.version,
        user_id=asker.who.user_id,
        cameras=_cameras(asker),
    )
    return _answer(asker, after, response)


@router.post("/{deployment_id}/authorise")
def authorise_deployment(
    asker: Authoriser, deployment_id: DeploymentId, response: Response, if_match: IfMatch = None
) -> wire.Deployment:
    """Authorise what somebody else has proposed; who is on its watchlists now is frozen."""
    before = _found(asker, deployment_id)
    require_match(if_match, _state(before))
    after = asker.context.store.deployments.authorise(
        deployment_id,
        asker.who.login,
        user_id=asker.who.user_id,
        version=before.version,
        cameras=_cameras(asker),
    )
    return _answer(asker, after, response)


@router.post("/{deployment_id}/withdraw")
def withdraw_deployment(
    asker: Writer, deployment_id: DeploymentId, given: wire.Reason, response: Response
) -> wire.Deployment:
    """Take back one that has not run."""
    _found(asker, deployment_id)
    after = asker.context.store.deployments.withdraw(deployment_id, asker.who.login, given.reason)
    return _answer(asker, after, response)


@router.post("/{deployment_id}/end")
def end_deployment(
    asker: Writer, deployment_id: DeploymentId, given: wire.Reason, response: Response
) -> wire.Deployment:
    """End a deployment now; its copies of watchlists are deleted at once."""
    _found(asker, deployment_id)
    after = asker.context.store.deployments.end(deployment_id, asker.who.login, given.reason)
    return _answer(asker, after, response)


@router.get("/{deployment_id}/certificate", response_class=Response, responses=_JSON)
def get_certificate(asker: Reader, deployment_id: DeploymentId) -> Response:
    """Get the signed deletion certificate; 404 before there is one."""
    _found(asker, deployment_id)
    text = _certificate(asker, deployment_id)
    if text is None:
        raise NotFound
    name = f'attachment; filename="deployment-{deployment_id}-deletion.json"'
    return Response(text, media_type="application/json", headers={"Content-Disposition": name})


@router.get("/{deployment_id}/report")
def get_report(asker: Reporter, deployment_id: DeploymentId) -> wire.DeploymentReport:
    """Get what a deployment did, ready to be published."""
    return _report(asker, _found(asker, deployment_id))


@router.post(
    "/{deployment_id}/report",
    # Groups that are chosen cleverly tell of one person: for who may see the alerts anyway.
    dependencies=[
        Depends(require(Permission.SUBJECT_READ)),
        Depends(require(Permission.ALERT_READ)),
    ],
)
def get_report_by_attribute(
    asker: Reporter, deployment_id: DeploymentId, given: wire.Demographics
) -> wire.DeploymentReport:
    """Get the same with false alerts by attribute of the people looked for; audited.

    Groups of fewer than five are told together or not at all. Before the wipe: afterwards only
    counts are left.
    """
    found = _found(asker, deployment_id)
    known = {one.subject_id: one.attributes for one in given.subjects}
    if len(known) != len(given.subjects):
        raise Unprocessable("a subject is given twice")
    numbers = asker.context.store.deployments.numbers(deployment_id)
    if len(known) > numbers.frozen or not known.keys() >= numbers.falsely.keys():
        raise Unprocessable(
            "these are not the people who were looked for",
            expected=f"{numbers.frozen} subjects, everybody who had a false alert among them",
            found=f"{len(known)} subjects",
        )
    names = sorted({name for one in known.values() for name in one})
    asker.context.store.audit.append(
        asker.who.login,
        "deployment.demographics",
        f"deployment:{deployment_id}",
        {"subjects": len(known), "attributes": len(names)},
    )
    return _report(asker, found, attributes=known)


@router.get("/{deployment_id}/report.html", response_class=Response, responses=_HTML)
def get_report_page(asker: Reporter, deployment_id: DeploymentId) -> Response:
    """Get the same as one HTML page that needs nothing else."""
    return Response(
        deployment_html.render(_report(asker, _found(asker, deployment_id))),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": PAGE_POLICY},
    )


def _report(
    asker: Asker, found: Deployment, *, attributes: deployment_report.Attributes | None = None
) -> wire.DeploymentReport:
    text = _certificate(asker, found.deployment_id)
    return deployment_report.build(
        found,
        asker.context.store.deployments.numbers(found.deployment_id),
        asker.now(),
        attributes=attributes,
        certificate=json.loads(text) if text else None,
        certificate_sha256=hashlib.sha256(text.encode()).hexdigest() if text else "",
    )


def _certificate(asker: Asker, deployment_id: int) -> str | None:
    try:
        return asker.context.store.deployments.certificate(deployment_id)
    except StoreError as error:
        if isinstance(absent(error), NotFound):
            return None
        raise


def _visible(
    asker: Asker, state: DeploymentState | None, before: int | None
) -> Iterator[Deployment]:
    while True:
        rows = asker.context.store.deployments.page(state=state, before=before, limit=BATCH)
        yield from (one for one in rows if asker.sees_deployment(one.cameras, one.watchlists))
        if len(rows) < BATCH:
            return
        before = rows[-1].deployment_id


def _found(asker: Asker, deployment_id: int) -> Deployment:
    _ = asker.cameras  # read now: later it would be read for hidden deployments only
    try:
        found = asker.context.store.deployments.get(deployment_id)
    except StoreError as error:
        raise absent(error) from None
    if not asker.sees_deployment(found.cameras, found.watchlists):
        raise NotFound
    return found


def _require_plan_seen(asker: Asker, given: wire.Plan) -> None:
    """Answer alike for cameras and lists that are not there and that may not be seen."""
    known = _cameras(asker)
    lists = set(asker.seen_watchlists())
    cameras = all(one in known and asker.sees_camera(one) for one in given.cameras)
    if not cameras or not lists.issuperset(given.watchlists):
        raise NotFound


def _cameras(asker: Asker) -> set[str]:
    context = asker.context
    configured = {camera.id for camera in context.settings.cameras}
    return configured | {camera.camera_id for camera in context.store.cameras.all()}


def _plan(given: wire.Plan) -> DeploymentPlan:
    return DeploymentPlan(**dict(given))


def _state(found: Deployment) -> str:
    return f"deployment {found.deployment_id} version {found.version}"


def _answer(asker: Asker, found: Deployment, response: Response) -> wire.Deployment:
    tagged(response, _state(found))
    return _wire(asker, found)


def _wire(asker: Asker, found: Deployment) -> wire.Deployment:
    plan = found.plan
    return wire.Deployment(
        deployment_id=found.deployment_id,
        state=found.state,
        running=lifecycle.is_due(found, asker.now()),
        version=found.version,
        plan=wire.Plan(
            purpose=plan.purpose,
            place=plan.place,
            legal_basis=plan.legal_basis,
            cameras=plan.cameras,
            watchlists=plan.watchlists,
            starts_at=plan.starts_at,
            ends_at=plan.ends_at,
            false_alerts_per_day=plan.false_alerts_per_day,
            fpir=plan.fpir,
            keep_unconfirmed_days=plan.keep_unconfirmed_days,
        ),
        proposed_by=found.proposed_by,
        proposed_at=found.proposed_at,
        authorised_by=found.authorised_by,
        authorised_at=found.authorised_at,
        ended_by=found.ended_by,
        ended_at=found.ended_at,
        end_reason=found.end_reason,
        wiped_at=found.wiped_at,
        wipes_at=lifecycle.wiped_from(found),
    )
