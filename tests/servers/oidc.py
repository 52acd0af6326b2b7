#!/usr/bin/python3
"""oidc.py: an OpenID Connect provider (Authlib on Flask) on a free port of loopback, until its input ends.

Its first line is the port. The client 'opendata' has the secret 'secret-of-the-office'. Whoever names themselves is signed in; some names make it lie:
wrong-nonce, wrong-audience, wrong-issuer, wrong-key, too-old (the token), not-asked-again."""
import html
import logging
import os
import sys
import threading
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.jose import JsonWebKey
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

app = Flask(__name__)
key = JsonWebKey.generate_key("RSA", 2048, {"kid": "one"}, is_private=True)
another = JsonWebKey.generate_key("RSA", 2048, {"kid": "one"}, is_private=True)
codes = {}


def issuer():
    return f"http://127.0.0.1:{server.port}"


class Client(ClientMixin):
    def get_client_id(self):
        return "opendata"

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri.startswith("http://127.0.0.1:") and redirect_uri.endswith("/account/login/unified/return")

    def check_client_secret(self, secret):
        return secret == "secret-of-the-office"

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


class Code(AuthorizationCodeMixin):
    def __init__(self, request):
        self.user, self.redirect_uri, self.scope = request.user, request.redirect_uri, request.scope
        self.nonce, self.auth_time = request.data["nonce"], int(time.time())
        self.code_challenge, self.code_challenge_method = request.data["code_challenge"], request.data["code_challenge_method"]

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return "another" if self.user == "wrong-nonce" else self.nonce

    def get_auth_time(self):
        return self.auth_time - 3600 if self.user == "not-asked-again" else self.auth_time


class Grant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

    def save_authorization_code(self, code, request):
        codes[code] = Code(request)

    def query_authorization_code(self, code, client):
        return codes.get(code)

    def delete_authorization_code(self, authorization_code):
        for code in [code for code, kept in codes.items() if kept is authorization_code]:
            del codes[code]

    def authenticate_user(self, authorization_code):
        return authorization_code.user


class Identity(OpenIDCode):
    def exists_nonce(self, nonce, request):
        return False

    def get_jwt_config(self, grant):
        user = grant.request.user
        return {
            "key": another if user == "wrong-key" else key,
            "alg": "RS256",
            "iss": "https://elsewhere.example" if user == "wrong-issuer" else issuer(),
            "exp": -3600 if user == "too-old" else 300,
        }

    def get_audiences(self, request):
        return ["somebody-else"] if request.user == "wrong-audience" else ["opendata"]

    def generate_user_info(self, user, scope):
        return {"sub": f"id-of-{user}", "name": user, "email": f"{user}@office.example"}


oauth = AuthorizationServer(app, query_client=lambda name: Client() if name == "opendata" else None, save_token=lambda token, request: None)
oauth.register_grant(Grant, [Identity(require_nonce=True), CodeChallenge(required=True)])


@app.get("/.well-known/openid-configuration")
def discovery():
    return jsonify(
        issuer=issuer(), authorization_endpoint=issuer() + "/authorize", token_endpoint=issuer() + "/token", jwks_uri=issuer() + "/keys", response_types_supported=["code"],
        subject_types_supported=["public"], id_token_signing_alg_values_supported=["RS256"], token_endpoint_auth_methods_supported=["client_secret_basic"])


@app.get("/keys")
def keys():
    return jsonify(keys=[key.as_dict(is_private=False)])


@app.get("/authorize")
def ask():
    oauth.get_consent_grant(end_user=None)
    prompt = html.escape(request.args.get("prompt", ""))
    return f"""<!DOCTYPE html><html lang="en"><title>Office login</title><h1>Office login</h1><p id="prompt">{prompt}</p>
<form method="post"><label>Who are you? <input name="user"></label><button name="act" value="yes">Sign in</button><button name="act" value="no">Turn back</button></form>"""


@app.post("/authorize")
def answer():
    return oauth.create_authorization_response(grant_user=request.form["user"] if request.form.get("act") == "yes" else None)


@app.post("/token")
def token():
    return oauth.create_token_response()


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.port, flush=True)
sys.stdin.read()
