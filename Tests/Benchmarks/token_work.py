"""Makes and checks tokens by PyJWT, for as long as each line of the input says.

token_work.py keys KEYS.json RSA.pem    writes private keys: a JWK set, and the RSA one as PEM
token_work.py serve KEYS.json           answers each line, "sign|verify ALG SECONDS", by {"seconds":..., "value":...}
"""

import json
import os
import sys
import time

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

ISSUER = "https://cascade.example"
NOW = int(time.time())
CLAIMS = {
    "iss": ISSUER, "sub": "TopGlassmaker", "aud": ISSUER, "iat": NOW, "exp": NOW + 1800,
    "jti": "01890a5d-ac96-774b-bcce-b302099a8057", "tier": "participant", "generation": 7,
    "permissions": ["basic_access", "collaboration", "merchant_council"],
}  # fmt: skip


def write_keys(set_path, pem_path):
    rsa_key = rsa.generate_private_key(65537, 2048)
    keys = {
        "HS256": os.urandom(32),
        "RS256": rsa_key,
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    }
    made = []
    for alg, key in keys.items():
        members = jwt.get_algorithm_by_name(alg).to_jwk(key, as_dict=True)
        # One key does both here, so it says neither.
        members.pop("key_ops", None)
        made.append(members | {"kid": alg, "alg": alg})
    with open(set_path, "w") as file:
        json.dump({"keys": made}, file)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(pem_path, "wb") as file:
        file.write(rsa_key.private_bytes(*form))


def serve(set_path):
    with open(set_path) as file:
        keys = {key["alg"]: key for key in json.load(file)["keys"]}
    print(json.dumps({"name": "PyJWT"}), flush=True)
    for line in sys.stdin:
        verb, alg, seconds = line.split()
        private = jwt.PyJWK.from_dict(keys[alg]).key
        public = private.public_key() if hasattr(private, "public_key") else private
        token = jwt.encode(CLAIMS, private, algorithm=alg, headers={"kid": alg, "typ": "at+jwt"})
        count, passed, start = 0, 0.0, time.process_time()
        while passed < float(seconds):
            for _ in range(50):
                if verb == "sign":
                    jwt.encode(CLAIMS, private, algorithm=alg, headers={"kid": alg, "typ": "at+jwt"})
                else:
                    jwt.decode(token, public, algorithms=[alg], issuer=ISSUER, audience=ISSUER)
            count += 50
            passed = time.process_time() - start
        print(json.dumps({"seconds": passed, "value": count}), flush=True)


if sys.argv[1] == "keys":
    write_keys(*sys.argv[2:])
else:
    serve(*sys.argv[2:])
