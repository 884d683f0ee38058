"""A small provider of OpenID Connect, served for real: it signs in whoever the test names.

It checks what a provider must: the client and its secret, the address to return to, each code once
and its PKCE verifier.
"""

import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "facewarden:tower", "a secret, with % and :"


class OidcProvider:
    """The provider; tests change its attributes to make it behave otherwise.

    Attributes:
        user: claims of who is signed in.
        in_token: which of them the ID token holds; the rest is at userinfo.
        forged: claims put over those of the ID token.
        tokens: how often a token was asked for.
    """

    def __init__(self) -> None:
        self.issuer = ""
        self.user: dict[str, Any] = {"sub": "u1", "preferred_username": "grace"}
        self.in_token: set[str] | None = None
        self.forged: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.methods = ["client_secret_basic"]
        self.tokens = 0
        self.key = RSAKey.generate_key(2048, {"use": "sig", "kid": "one"})
        self.shown = self.key
        self._codes: dict[str, dict[str, str]] = {}
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.configuration)
        self.app.get("/authorize")(self.authorize)
        self.app.post("/token")(self.token)
        self.app.get("/jwks")(self.jwks)
        self.app.get("/userinfo")(self.userinfo)

    def new_key(self) -> None:
        """Sign with another key from now on."""
        self.key = self.shown = RSAKey.generate_key(2048, {"use": "sig", "kid": "two"})

    def configuration(self) -> dict[str, Any]:
        where = self.issuer
        return {
            "issuer": where,
            "authorization_endpoint": f"{where}/authorize",
            "token_endpoint": f"{where}/token",
            "jwks_uri": f"{where}/jwks",
            "userinfo_endpoint": f"{where}/userinfo",
            "token_endpoint_auth_methods_supported": self.methods,
        }

    def jwks(self) -> dict[str, Any]:
        return dict(KeySet([self.shown]).as_dict(private=False))

    def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        right = (
            asked["client_id"] == CLIENT
            and asked["response_type"] == "code"
            and asked["code_challenge_method"] == "S256"
            and "openid" in asked["scope"].split()
        )
        if not right:
            return Response(status_code=400)
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        self.tokens += 1
        given = {key: value[0] for key, value in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(given.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        ).decode()
        right = (
            asked is not None
            and self._client(request, given)
            and given.get("grant_type") == "authorization_code"
            and given.get("redirect_uri") == asked["redirect_uri"]
            and challenge.rstrip("=") == asked["code_challenge"]
        )
        if not right or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        told = {k: v for k, v in self.user.items() if self.in_token is None or k in self.in_token}
        claims = told | {
            "sub": self.user["sub"],
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        claims = {k: v for k, v in (claims | self.forged).items() if v is not None}
        header = {"alg": self.algorithm, "kid": self.key.kid}
        text = jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
        answer = {"access_token": "access", "token_type": "Bearer", "id_token": text}
        return JSONResponse(answer)

    def userinfo(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer access":
            return Response(status_code=401)
        return JSONResponse(self.user)

    def _client(self, request: Request, given: dict[str, str]) -> bool:
        if self.methods == ["client_secret_post"]:
            return (given.get("client_id"), given.get("client_secret")) == (CLIENT, SECRET)
        text = request.headers.get("authorization", "").removeprefix("Basic ")
        name, _, secret = base64.b64decode(text).decode().partition(":")
        return (unquote(name), unquote(secret)) == (CLIENT, SECRET)
