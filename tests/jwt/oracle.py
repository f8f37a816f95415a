"""PyJWT's tokens and PyJWT's verdicts, for run.mjs.

  oracle.py make   one JSON object on standard output: key set, tokens
  oracle.py judge  {project, secret, issuers: [{issuer, audience, keys}], tokens} on standard input, one verdict per token on output
"""

import base64
import json
import sys
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ISSUER = "https://pyjwt.test/"
ASYMMETRIC = ["ES256", "ES384", "RS256", "PS256", "EdDSA"]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def public_jwk(algorithm, key):
    public = key.public_key()
    jwk = {"alg": algorithm, "kid": f"py-{algorithm.lower()}", "use": "sig"}
    if algorithm == "EdDSA":
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw), **jwk}
    numbers = public.public_numbers()
    if algorithm.startswith("ES"):
        size = 32 if algorithm == "ES256" else 48
        curve = "P-256" if algorithm == "ES256" else "P-384"
        return {"kty": "EC", "crv": curve, "x": number(numbers.x, size), "y": number(numbers.y, size), **jwk}
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), **jwk}


def make(project, secret):
    keys = {
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "ES384": ec.generate_private_key(ec.SECP384R1()),
        "RS256": rsa.generate_private_key(65537, 2048),
        "PS256": rsa.generate_private_key(65537, 2048),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }
    now = int(time.time())
    base = {"sub": "user-1", "iat": now - 10, "exp": now + 3600}
    variants = {
        "plain": {},
        "nbf": {"nbf": now - 10},
        "float dates": {"exp": now + 3600.5, "nbf": now - 10.5},
        "project": {"project_id": project},
        "an audience where none is asked for": {"aud": ["anyone"]},
        "text": {"name": "\U0001f642 \"quoted\" \\ \t"},
        "deep": {"a": {"b": {"c": [1, {"d": None}]}}},
        "expired": {"exp": now - 3600},
        "not yet": {"nbf": now + 3600},
        "issued in the future": {"iat": now + 3600},
        "another project": {"project_id": "other"},
        "another issuer": {"iss": "https://pyjwt.test"},
    }
    tokens = []
    for name, claims in variants.items():
        for algorithm, key in keys.items():
            for headers in ({"kid": f"py-{algorithm.lower()}"}, {}):
                token = jwt.encode({"iss": ISSUER, **base, **claims}, key, algorithm, headers=headers)
                tokens.append({"kind": f"PyJWT: {name}", "token": token})
        own = {**base, "project_id": project, **claims}
        tokens.append({"kind": f"PyJWT: own, {name}", "token": jwt.encode(own, secret, "HS256")})
        for algorithm in ("HS384", "HS512"):
            tokens.append({"kind": "another HMAC", "token": jwt.encode(own, secret, algorithm)})
        tokens.append({"kind": "none", "token": jwt.encode(own, None, "none")})
    return {"version": jwt.__version__, "issuer": ISSUER, "keys": [public_jwk(a, k) for a, k in keys.items()], "tokens": tokens}


def judge(token, issuers, project, secret):
    """The user's id as a program would get it that was written by PyJWT's manual; an exception refuses."""
    header = jwt.get_unverified_header(token)
    named = jwt.decode(token, options={"verify_signature": False}).get("iss")
    options = {"require": ["exp"], "verify_aud": False}
    issuer = next((one for one in issuers if one["issuer"] == named), None)
    if issuer is None:
        claims = jwt.decode(token, secret, ["HS256"], options, leeway=30)
        if claims.get("project_id") != project:
            raise ValueError("another project's")
        return claims.get("sub")
    if issuer["audience"]:
        options["verify_aud"] = True
    fitting = [one for one in issuer["jwks"] if one.alg == header["alg"] and header.get("kid") in (None, one.key_id)]
    for one in fitting:
        audience = issuer["audience"] or None
        claims = jwt.decode(token, one.key, [one.alg], options, issuer=named, audience=audience, leeway=30)
        if claims.get("project_id", project) != project:
            raise ValueError("another project's")
        return claims.get("sub")
    raise ValueError("no such key")


def judge_all(task):
    for issuer in task["issuers"]:
        issuer["jwks"] = []
        for one in issuer["keys"]:
            read = jwt.PyJWK(one)
            read.alg = one["alg"]
            issuer["jwks"].append(read)
    verdicts = []
    for token in task["tokens"]:
        try:
            verdicts.append({"user": judge(token, task["issuers"], task["project"], task["secret"])})
        except Exception as error:  # PyJWT lets some of Python's own through
            verdicts.append({"refused": f"{type(error).__name__}: {error}"})
    return verdicts


if __name__ == "__main__":
    task = json.load(sys.stdin)
    print(json.dumps(make(**task) if sys.argv[1] == "make" else judge_all(task)))
