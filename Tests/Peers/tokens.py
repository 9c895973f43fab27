"""Makes and checks JSON Web Tokens and keys with PyJWT and joserfc.

Reads one JSON object a line, {"library": "pyjwt" | "joserfc", "ask": ..., ...}, and answers one a line:
{"result": ...}, or {"refused": why} where the library refuses what it was given.

  algorithms                            -> the names that the library signs with
  key        alg                        -> {"private": JWK, "public": JWK, "thumbprint": text | null}
  sign       alg, key, header, claims   -> the token
  verify     alg, keys, token, issuer, audience -> {"header": ..., "claims": ...}; the kid of the token picks the key
  thumbprint key                        -> its RFC 7638 thumbprint (joserfc alone has it)
"""

import json
import os
import sys
import warnings

import joserfc.errors
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jwk
from joserfc import jwt as joserfc_jwt
from joserfc.jws import JWSRegistry

# joserfc warns that the name EdDSA is old (RFC 9864); it is the one that most of the world still writes.
warnings.simplefilter("ignore")

CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
SYMMETRIC_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}


class PyJWT:
    # An algorithm that it doesn't have is a NotImplementedError there.
    refusals = (jwt.PyJWTError, NotImplementedError)

    def algorithms(self):
        return sorted(jwt.algorithms.get_default_algorithms())

    def key(self, alg):
        algorithm = jwt.get_algorithm_by_name(alg)
        if alg in SYMMETRIC_BYTES:
            private = public = os.urandom(SYMMETRIC_BYTES[alg])
        else:
            if alg in CURVES:
                private = ec.generate_private_key(CURVES[alg]())
            elif alg == "EdDSA":
                private = ed25519.Ed25519PrivateKey.generate()
            else:
                private = rsa.generate_private_key(65537, 2048)
            public = private.public_key()
        private, public = (algorithm.to_jwk(k, as_dict=True) for k in (private, public))
        # Its own key_ops say what each half is for.
        named = {"kid": f"pyjwt-{alg}", "alg": alg}
        return {"private": private | named, "public": public | named, "thumbprint": None}

    def sign(self, alg, key, header, claims):
        return jwt.encode(claims, jwt.PyJWK.from_dict(key, alg), algorithm=alg, headers=header)

    def verify(self, alg, keys, token, issuer, audience):
        header = jwt.get_unverified_header(token)
        key = jwt.PyJWKSet.from_dict(keys)[header["kid"]]
        required = {"require": ["exp", "iss", "aud"]}
        claims = jwt.decode(token, key, algorithms=[alg], issuer=issuer, audience=audience, options=required)
        return {"header": header, "claims": claims}


class Joserfc:
    # A key that isn't in the set is a ValueError there.
    refusals = (joserfc.errors.JoseError, ValueError)

    def algorithms(self):
        return sorted(JWSRegistry.algorithms)

    def key(self, alg):
        if alg in SYMMETRIC_BYTES:
            key = jwk.generate_key("oct", SYMMETRIC_BYTES[alg] * 8)
        elif alg in CURVES:
            key = jwk.generate_key("EC", f"P-{521 if alg == 'ES512' else alg[2:]}")
        elif alg in ("EdDSA", "Ed25519"):
            key = jwk.generate_key("OKP", "Ed25519")
        else:
            key = jwk.generate_key("RSA", 2048)
        named = {"kid": f"joserfc-{alg}", "alg": alg, "use": "sig"}
        private = key.as_dict(private=True) | named
        public = private if alg in SYMMETRIC_BYTES else key.as_dict(private=False) | named
        return {"private": private, "public": public, "thumbprint": key.thumbprint()}

    def thumbprint(self, key):
        return jwk.import_key(key).thumbprint()

    def sign(self, alg, key, header, claims):
        return joserfc_jwt.encode({"alg": alg} | header, claims, jwk.import_key(key), algorithms=[alg])

    def verify(self, alg, keys, token, issuer, audience):
        token = joserfc_jwt.decode(token, jwk.KeySet.import_key_set(keys), algorithms=[alg])
        required = {"essential": True}
        joserfc_jwt.JWTClaimsRegistry(
            exp=required, iss=required | {"value": issuer}, aud=required | {"value": audience}
        ).validate(token.claims)
        return {"header": token.header, "claims": token.claims}


LIBRARIES = {"pyjwt": PyJWT(), "joserfc": Joserfc()}

for line in sys.stdin:
    question = json.loads(line)
    library = LIBRARIES[question.pop("library")]
    ask = getattr(library, question.pop("ask"))
    try:
        answer = {"result": ask(**question)}
    except library.refusals as refusal:
        answer = {"refused": f"{type(refusal).__name__}: {refusal}"}
    print(json.dumps(answer), flush=True)
