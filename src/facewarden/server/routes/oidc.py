"""Signing in with a provider of OpenID Connect; a browser is led there and back."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from facewarden.api.oidc import OidcOffer
from facewarden.server.context import ContextDep
from facewarden.server.gatekeeper import Gatekeeper, cookie_header
from facewarden.server.oidc import FLOW, Oidc
from facewarden.server.principal import GatekeeperDep, for_strangers
from facewarden.server.problems import NotFound, Refusal
from facewarden.server.routes.session import begin_entry

router = APIRouter(prefix="/api/v1/oidc", tags=["session"], dependencies=[for_strangers])

CARRIED: Final = "facewarden_oidc"
PATH: Final = "/api/v1/oidc"
GO: Final = HTTPStatus.SEE_OTHER

Word = Annotated[str | None, Query(max_length=4000)]


@router.get("")
def read_oidc(gatekeeper: GatekeeperDep) -> OidcOffer:
    """Tell whether one can sign in with a provider."""
    oidc = gatekeeper.oidc
    return OidcOffer(offered=oidc is not None, label=oidc.label if oidc else "")


@router.get("/begin", status_code=GO, response_class=Response)
def begin_oidc(gatekeeper: GatekeeperDep, context: ContextDep) -> Response:
    """Lead the browser to the provider."""
    try:
        address, carried = _required(gatekeeper).begin(context.clock())
    except NotFound:
        raise
    except Refusal as error:
        return _back(gatekeeper, error)
    response = Response(status_code=GO, headers={"Location": address})
    response.headers.append("Set-Cookie", _carried(gatekeeper, carried))
    return response


@router.get("/callback", status_code=GO, response_class=Response)
def end_oidc(
    gatekeeper: GatekeeperDep,
    context: ContextDep,
    request: Request,
    code: Word = None,
    state: Word = None,
    iss: Word = None,
    error: Word = None,
) -> Response:
    """Take the browser back from the provider, signed in, or with a problem in the fragment."""
    given = {"code": code, "state": state, "iss": iss, "error": error}
    try:
        account = _required(gatekeeper).finish(
            request.cookies.get(CARRIED, ""),
            {word: text for word, text in given.items() if text is not None},
            context.clock(),
        )
        response = _back(gatekeeper)
        begin_entry(gatekeeper, request, response, account, "provider")
    except NotFound:
        raise
    except Refusal as refusal:
        response = _back(gatekeeper, refusal)
    response.headers.append("Set-Cookie", _carried(gatekeeper, ""))
    return response


def _required(gatekeeper: Gatekeeper) -> Oidc:
    if gatekeeper.oidc is None:
        raise NotFound
    return gatekeeper.oidc


def _back(gatekeeper: Gatekeeper, error: Refusal | None = None) -> Response:
    """Send the browser to the first page; a fragment stays in the browser."""
    home = f"{gatekeeper.settings.public_url}/"
    told = f"#sign-in-problem={quote(error.what)}" if error else ""
    return Response(status_code=GO, headers={"Location": home + told})


def _carried(gatekeeper: Gatekeeper, text: str) -> str:
    # Lax: the provider sends the browser back here from a page of its own.
    return cookie_header(
        CARRIED,
        text,
        https=gatekeeper.https,
        same_site="Lax",
        lasts=FLOW if text else FLOW * 0,
        path=PATH,
    )
