"""A small provider of identities on this machine: as much of one as a relying party asks."""

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "public-interest-map"


class Provider(BaseHTTPRequestHandler):
    """As much of a provider as a relying party asks: it lets in whoever it was told to."""

    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    user: dict[str, object] = {}  # noqa: RUF012 - set by the test
    nonces: dict[str, str] = {}  # noqa: RUF012
    challenges: dict[str, str] = {}  # noqa: RUF012

    def do_GET(self):
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if asked.path == "/authorize":
            self.nonces["code"] = query.get("nonce", "")
            self.challenges["code"] = query.get("code_challenge", "")
            back = urlencode({"code": "code", "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        elif asked.path == "/keys":
            self._tell({"keys": [self.key.as_dict(private=False)]})
        else:
            here = f"http://{self.headers['Host']}"
            self._tell({
                "issuer": here,
                "authorization_endpoint": f"{here}/authorize",
                "token_endpoint": f"{here}/token",
                "jwks_uri": f"{here}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "code_challenge_methods_supported": ["S256"],
                "id_token_signing_alg_values_supported": ["RS256"],
            })  # fmt: skip

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        told = parse_qs(self.rfile.read(size).decode())
        if not self._is_proven(told.get("code_verifier", [""])[0]):
            self.send_error(400)
            return
        now = int(time.time())
        claims = {
            "iss": f"http://{self.headers['Host']}",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 600,
            "nonce": self.nonces["code"],
            **self.user,
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        self._tell({"access_token": "a", "token_type": "Bearer", "id_token": token})

    def _is_proven(self, verifier):
        digest = hashlib.sha256(verifier.encode()).digest()
        wanted = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return self.challenges.get("code", wanted) == wanted

    def _tell(self, told):
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def provider():
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        serving.server_close()
        thread.join()
