"""A provider of sign-in that speaks real OpenID Connect, in a process of its own; it can misbehave.

``python _provider.py PORT`` serves it. What it does wrong, and whom it signs in, is set by
``POST /test``: {"wrong": "nonce", "claims": {…}}.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import queue
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

CLIENT, SECRET = "workbench", "a secret of the client, long enough"
ANA = {"sub": "7f3a", "preferred_username": "ana", "email": "ana@plant.example",
       "email_verified": True}  # fmt: skip


@dataclass
class Provider:
    """A provider that runs; ``with`` starts and ends it."""

    url: str = ""
    _process: Any = None
    _told: Any = field(default_factory=queue.Queue)

    def __enter__(self) -> Provider:
        self._process = subprocess.Popen(
            [sys.executable, __file__], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

        def read() -> None:
            for line in self._process.stdout:
                self._told.put(line.strip())
            self._told.put("")

        threading.Thread(target=read, daemon=True).start()
        self.url = self._told.get(timeout=60)
        assert self.url, "the provider does not start"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._process.stdout.close()

    def signs_in(self, wrong: str = "", **claims: Any) -> None:
        """Sign this person in from now on, and do this wrong."""
        asked = {"wrong": wrong, "claims": {**ANA, **claims}}
        # As ASCII: a claim may hold what no UTF-8 can say.
        assert httpx.post(f"{self.url}/test", content=json.dumps(asked)).status_code == 200

    def asked(self) -> list[str]:
        """Return the paths that it was asked for."""
        found: list[str] = httpx.get(f"{self.url}/test", timeout=30).json()
        return found


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class State:
    """What the provider knows."""

    def __init__(self) -> None:
        self.wrong, self.claims = "", dict(ANA)
        self.codes: dict[str, dict[str, str]] = {}
        self.access: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.renew()

    def renew(self) -> None:
        """Change the keys."""
        from joserfc.jwk import ECKey, RSAKey

        self.key = RSAKey.generate_key(2048, {"use": "sig", "kid": secrets.token_hex(4)})
        self.curve = ECKey.generate_key("P-256", {"use": "sig", "kid": secrets.token_hex(4)})

    def token(self, url: str, code: dict[str, str], access: str) -> str:
        """Return an id token, with what is to be wrong about it."""
        from joserfc import jwt

        now, wrong = int(time.time()), self.wrong
        claims: dict[str, Any] = {
            "iss": url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": code["nonce"],
            "at_hash": _b64(hashlib.sha256(access.encode()).digest()[:16]), **self.claims,
        }  # fmt: skip
        claims |= {
            "nonce": {"nonce": "another"},
            "aud": {"aud": "somebody-else"},
            "many": {"aud": [CLIENT, "somebody-else"]},
            "azp": {"azp": "somebody-else"},
            "expired": {"exp": now - 3600, "iat": now - 3900},
            "old": {"iat": now - 86400},
            "text": {"exp": str(now + 300)},
            "issuer": {"iss": "https://evil.example"},
            "hash": {"at_hash": _b64(b"0" * 16)},
            "subject": {"sub": ""},
        }.get(wrong, {})
        if wrong == "no nonce":
            del claims["nonce"]
        if wrong == "rotated":
            self.renew()
        header = {"kid": self.key.kid, "alg": "RS256"}
        if wrong == "none":
            return f"{self.part({'alg': 'none'})}.{self.part(claims)}."
        if wrong == "hs256":
            return self.hashed(claims)
        if wrong == "kid":
            header["kid"] = "nobody"
        if wrong == "foreign":
            kid, mine = self.key.kid, self.key
            self.renew()
            forged, self.key = self.key, mine
            return str(jwt.encode({"kid": kid, "alg": "RS256"}, claims, forged))
        if wrong == "es256":  # which is right
            return str(jwt.encode({"kid": self.curve.kid, "alg": "ES256"}, claims, self.curve))
        if wrong == "rs512":
            return str(jwt.encode({**header, "alg": "RS512"}, claims, self.key, ["RS512"]))
        made = str(jwt.encode(header, claims, self.key))
        return made[:-8] + made[-4:] + made[-8:-4] if wrong == "signature" else made

    def hashed(self, claims: dict[str, Any]) -> str:
        """Return a token that is signed with the public key as if it were a secret."""
        text = f"{self.part({'alg': 'HS256', 'kid': self.key.kid})}.{self.part(claims)}"
        pem = self.key.as_pem(private=False)
        return f"{text}.{_b64(hmac.new(pem, text.encode(), hashlib.sha256).digest())}"

    def part(self, words: dict[str, Any]) -> str:
        return _b64(json.dumps(words).encode())


def make_app(state: State) -> Any:
    """Return the provider as an ASGI application."""
    app = FastAPI()

    def url(request: Request) -> str:
        return f"http://{request.headers['host']}"

    @app.middleware("http")
    async def misbehave(request: Request, call: Any) -> Any:
        path = request.url.path
        if path != "/test":
            state.asked.append(path)
            kind, _, where = state.wrong.partition(" ")
            if where and path.startswith(where):
                if kind == "500":
                    return Response("broken", 500)
                if kind == "page":
                    return Response("<h1>Maintenance</h1>", 200, media_type="text/html")
                if kind == "slow":
                    await asyncio.sleep(20)
                if kind == "large":
                    return Response(b"[" + b"1," * 2**20 + b"1]", media_type="application/json")
                if kind == "packed":
                    bomb = gzip.compress(b" " * 2**24)
                    return Response(bomb, headers={"content-encoding": "gzip"})
                if kind == "away":
                    return RedirectResponse("http://169.254.169.254/latest/meta-data", 302)
        return await call(request)

    @app.post("/test")
    async def set_up(request: Request) -> dict[str, str]:
        told = await request.json()
        state.wrong, state.claims, state.asked = told["wrong"], told["claims"], []
        return {}

    @app.get("/test")
    async def asked() -> list[str]:
        return state.asked

    @app.get("/.well-known/openid-configuration")
    async def discovery(request: Request) -> dict[str, Any]:
        here = url(request)
        return {
            "issuer": "https://evil.example" if state.wrong == "calls itself" else here,
            "authorization_endpoint": f"{here}/authorize", "token_endpoint": f"{here}/token",
            "jwks_uri": f"{here}/jwks", "userinfo_endpoint": f"{here}/userinfo",
            "end_session_endpoint": f"{here}/end",
            "response_types_supported": ["code"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        right = (
            asked.get("client_id") == CLIENT and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256" and asked.get("nonce")
            and asked.get("state") and "openid" in asked.get("scope", "").split()
        )  # fmt: skip
        if not right:
            return Response("this request is none", 400)
        back = {"state": asked["state"]}
        if state.wrong.startswith("error "):
            back["error"] = state.wrong.removeprefix("error ")
        else:
            code = back["code"] = secrets.token_urlsafe(16)
            state.codes[code] = asked
            back["iss"] = "https://evil.example" if state.wrong == "mixed up" else url(request)
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    @app.post("/token")
    async def token(request: Request) -> Response:
        body = parse_qs((await request.body()).decode())
        form = {name: values[0] for name, values in body.items()}
        code = state.codes.pop(form.get("code", ""), None)  # once
        shown = request.headers.get("authorization", "")
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        right = (
            code is not None and hmac.compare_digest(shown, basic)
            and form.get("redirect_uri") == code["redirect_uri"]
            and _b64(verifier) == code["code_challenge"]
        )  # fmt: skip
        if code is None or not right:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        state.access[access] = state.claims
        made = {"access_token": access, "token_type": "Bearer"}
        if state.wrong != "no token":
            made["id_token"] = state.token(url(request), code, access)
        return JSONResponse(made)

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        if state.wrong == "no keys":
            return {"keys": [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA"}]}
        return {"keys": [one.as_dict(private=False) for one in (state.key, state.curve)]}

    @app.get("/userinfo")
    async def userinfo(request: Request) -> Response:
        known = state.access.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if known is None:
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({**known, "sub": "another"} if state.wrong == "userinfo" else known)

    @app.get("/end")
    async def end(request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)

    return app


def main() -> None:
    import uvicorn

    class Announced(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            print(f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}", flush=True)

    Announced(
        uvicorn.Config(make_app(State()), port=0, log_level="error", timeout_graceful_shutdown=1)
    ).run()


if __name__ == "__main__":
    main()
