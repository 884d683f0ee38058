"""Signing in at a provider of OpenID Connect: authorization code with PKCE, state and nonce.

OpenID Connect Core 1.0, section 3.1; PKCE is RFC 7636, the issuer in the answer RFC 9207.
"""

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.oauth2.client import OAuth2Client  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from facewarden.access.account import Account, require_login, require_scope
from facewarden.access.principal import Role, Scope
from facewarden.access.tokens import new_secret, same
from facewarden.config.server import OidcRoleSettings, OidcSettings, is_this_machine
from facewarden.errors import DataError, StoreError
from facewarden.server.problems import Forbidden, Refusal, Unauthenticated, Unavailable
from facewarden.store.open import Store

TIMEOUT_S: Final = 10.0
FRESH: Final = timedelta(hours=1)
"""How long the provider's configuration and keys are believed; an unknown key renews them."""
FLOW: Final = timedelta(minutes=10)
"""How long somebody may take to sign in there."""
LEEWAY_S: Final = 60
"""By which the clocks may differ."""
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only: with a shared one, everybody who can check can forge."""
CALLBACK: Final = "/api/v1/oidc/callback"


class Oidc:
    """One provider, as settings name it.

    Args:
        public_url: where browsers reach this server; the provider sends them back there.
    """

    def __init__(self, settings: OidcSettings, public_url: str, store: Store) -> None:
        self._settings = settings
        self._redirect = public_url + CALLBACK
        self._store = store
        self._guard = threading.Lock()
        self._provider: Provider | None = None

    @property
    def label(self) -> str:
        """What the button says."""
        return self._settings.label

    def begin(self, now: datetime) -> tuple[str, str]:
        """Return where the browser goes to sign in, and what it carries sealed until it is back.

        Raises:
            Unavailable: the provider does not answer as one.
        """
        provider = self._known(now)
        words = {"state": new_secret(), "nonce": new_secret(), "verifier": new_secret()}
        with httpx.Client() as session:
            url, _ = self._client(session).create_authorization_url(
                provider.authorization_endpoint,
                state=words["state"],
                code_verifier=words["verifier"],
                nonce=words["nonce"],
            )
        return str(url), self._store.flows.seal(words, FLOW)

    def finish(self, carried: str, given: Mapping[str, str], now: datetime) -> Account:
        """Return who came back, an account made or brought up to date.

        Args:
            carried: what `begin` gave the browser.
            given: the parameters that the browser came back with.

        Raises:
            Unauthenticated: it was another browser, took too long, or the provider said no.
            Forbidden: nothing here is meant for them.
            Unavailable: the provider does not answer as one.
        """
        words = self._store.flows.open(carried)
        if words is None or not same(words["state"], given.get("state", "")):
            raise Unauthenticated(
                "this is not the sign-in that was begun here", remedy="begin again"
            )
        if given.get("iss", self._settings.issuer).rstrip("/") != self._settings.issuer:
            raise Unauthenticated("another provider has answered", remedy="begin again")
        if "error" in given or "code" not in given:
            raise Unauthenticated("the provider did not sign you in", remedy="begin again")
        try:
            claims = self._claims(given["code"], words, now)
        except (AuthlibBaseError, JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated(
                "the provider's answer cannot be believed",
                found=type(error).__name__,
                remedy="check client_id, client_secret and the clocks",
            ) from None
        except httpx.HTTPError as error:
            raise _no_provider(error) from None
        return self._account(claims)

    def _claims(self, code: str, words: Mapping[str, str], now: datetime) -> dict[str, Any]:
        provider = self._known(now)
        with httpx.Client(timeout=TIMEOUT_S) as session:
            extra, auth = self._authentication(provider)
            token = self._client(session).fetch_token(
                provider.token_endpoint,
                grant_type="authorization_code",
                code=code,
                redirect_uri=self._redirect,
                code_verifier=words["verifier"],
                auth=auth,
                **extra,
            )
            claims = self._verified(token, words["nonce"], now)
            wanted = (self._settings.login_claim, self._settings.role_claim)
            if provider.userinfo_endpoint and any(_at(claims, path) is None for path in wanted):
                told = session.get(
                    provider.userinfo_endpoint,
                    headers={"Authorization": f"Bearer {token['access_token']}"},
                ).raise_for_status()
                more = told.json()
                _require_same(more["sub"], claims["sub"])  # Core 1.0, 5.3.2
                claims = {**more, **claims}
        return claims

    def _verified(self, token: Mapping[str, Any], nonce: str, now: datetime) -> dict[str, Any]:
        """Return the claims of an ID token (Core 1.0, 3.1.3.7)."""
        text = str(token["id_token"])
        try:
            read = jwt.decode(text, self._known(now).keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # The provider may have taken a new key since; asked once, so that nobody can make us
            # ask again and again.
            read = jwt.decode(text, self._known(now, anew=True).keys, algorithms=ALGORITHMS)
        claims = CodeIDToken(
            read.claims,
            read.header,
            options={
                "iss": {"essential": True, "value": self._known(now).issuer},
                "aud": {"essential": True, "value": self._settings.client_id},
            },
            params={
                "nonce": nonce,
                "client_id": self._settings.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        return dict(claims)

    def _account(self, claims: Mapping[str, Any]) -> Account:
        login = _at(claims, self._settings.login_claim)
        found = self._role(_at(claims, self._settings.role_claim))
        if found is None or not isinstance(login, str):
            raise Forbidden(
                "you have no role here",
                expected=f"one of those that settings name, in {self._settings.role_claim}",
                remedy="ask whoever runs this facewarden",
            )
        role, scope = found
        try:
            require_login(login)
            require_scope(role, scope)
            return self._store.people.enter_by_oidc(
                self._settings.issuer, str(claims["sub"]), login, role, scope
            )
        except (DataError, StoreError) as error:
            raise Forbidden(error.what, remedy=error.remedy) from error

    def _role(self, value: Any) -> tuple[Role, Scope] | None:
        held = {value} if isinstance(value, str) else set()
        if isinstance(value, list):
            held = {entry for entry in value if isinstance(entry, str)}
        for entry in self._settings.roles:
            if entry.value in held:
                return Role(entry.role), _scope(entry)
        return None

    def _client(self, session: httpx.Client) -> Any:
        return OAuth2Client(
            session,
            client_id=self._settings.client_id,
            scope=" ".join(self._settings.scopes),
            redirect_uri=self._redirect,
            code_challenge_method="S256",
        )

    def _authentication(self, provider: "Provider") -> tuple[dict[str, str], httpx.Auth]:
        """Return how we prove who we are: more of the body, or a header."""
        client_id, secret = self._settings.client_id, self._settings.client_secret
        if secret is None:
            return {"client_id": client_id}, httpx.Auth()
        word = secret.get_secret_value()
        if provider.secret_in_header:
            # RFC 6749, 2.3.1: both are encoded as in a form first.
            return {}, httpx.BasicAuth(quote(client_id, safe=""), quote(word, safe=""))
        return {"client_id": client_id, "client_secret": word}, httpx.Auth()

    def _known(self, now: datetime, *, anew: bool = False) -> "Provider":
        with self._guard:
            known = self._provider
            fresh = known is not None and abs(now - known.read_at) < FRESH
            if known is None or anew or not fresh:
                known = self._provider = read_provider(self._settings.issuer, now)
            return known


class Provider:
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3).

    Attributes:
        secret_in_header: it takes our secret as HTTP Basic, not only in the body.
    """

    def __init__(self, told: Mapping[str, Any], keys: KeySet, read_at: datetime) -> None:
        self.issuer = str(told["issuer"])
        self.authorization_endpoint = _secure(told["authorization_endpoint"])
        self.token_endpoint = _secure(told["token_endpoint"])
        self.userinfo_endpoint = (
            _secure(told["userinfo_endpoint"]) if "userinfo_endpoint" in told else ""
        )
        methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        self.secret_in_header = "client_secret_basic" in methods
        self.keys = keys
        self.read_at = read_at


def read_provider(issuer: str, now: datetime) -> Provider:
    """Ask a provider for its configuration and keys.

    Raises:
        Unavailable: nobody answers, or not as the provider that was meant.
    """
    try:
        with httpx.Client(timeout=TIMEOUT_S) as session:
            where = f"{issuer}/.well-known/openid-configuration"
            told = session.get(where).raise_for_status().json()
            _require_same(str(told["issuer"]).rstrip("/"), issuer)
            keys = session.get(_secure(told["jwks_uri"])).raise_for_status().json()
        return Provider(told, KeySet.import_key_set(keys), now)
    except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as error:
        raise _no_provider(error) from None


def _no_provider(error: Exception) -> Refusal:
    return Unavailable(
        "the provider to sign in with does not answer as one",
        found=type(error).__name__,
        remedy="try again later; somebody with a password can still sign in",
    )


def _require_same(found: Any, wanted: Any) -> None:
    if found != wanted:
        raise ValueError("the provider names another")


def _secure(address: Any) -> str:
    parts = urlsplit(str(address))
    if parts.scheme != "https" and not is_this_machine(parts.hostname or ""):
        raise ValueError("an address without TLS")
    return str(address)


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path such as `realm_access.roles`; a claim may have dots itself."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _scope(entry: OidcRoleSettings) -> Scope:
    return Scope(
        None if entry.watchlists is None else frozenset(entry.watchlists),
        None if entry.camera_groups is None else frozenset(entry.camera_groups),
    )
