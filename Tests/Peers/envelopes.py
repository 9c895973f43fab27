"""Signs and verifies DSSE envelopes with securesystemslib.

Reads one JSON object a line, {"ask": ..., ...}, and answers one a line: {"result": ...}, or {"refused": why} where the
library refuses what it was given.

  pae     type, payload                -> the bytes that are signed, in hexadecimal digits
  sign    type, payload, count, urlsafe -> {"envelope": ..., "keys": {keyid: public}}, signed by so many new keys
  verify  envelope, keys, threshold    -> the ids of the keys that signed; keys are {keyid: public}

Payloads and public keys are in hexadecimal digits.
"""

import hashlib
import json
import sys

from cryptography.hazmat.primitives.asymmetric import ed25519
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error
from securesystemslib.signer import CryptoSigner, SSlibKey


def key(public):
    raw = bytes.fromhex(public)
    return SSlibKey.from_crypto(ed25519.Ed25519PublicKey.from_public_bytes(raw), hashlib.sha256(raw).hexdigest())


def pae(type, payload):
    return Envelope(bytes.fromhex(payload), type, {}).pae().hex()


def sign(type, payload, count, urlsafe):
    envelope, keys = Envelope(bytes.fromhex(payload), type, {}), {}
    for _ in range(count):
        private = ed25519.Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw().hex()
        made = key(public)
        envelope.sign(CryptoSigner(private, made))
        keys[made.keyid] = public
    text = envelope.to_dict()
    if urlsafe:
        table = str.maketrans("+/", "-_")
        text["payload"] = text["payload"].translate(table)
        for signature in text["signatures"]:
            signature["sig"] = signature["sig"].translate(table)
    return {"envelope": text, "keys": keys}


def verify(envelope, keys, threshold):
    signed = Envelope.from_dict(envelope).verify([key(public) for public in keys.values()], threshold)
    return sorted(signed)


for line in sys.stdin:
    question = json.loads(line)
    ask = {"pae": pae, "sign": sign, "verify": verify}[question.pop("ask")]
    try:
        answer = {"result": ask(**question)}
    except (Error, ValueError, KeyError) as refusal:
        answer = {"refused": f"{type(refusal).__name__}: {refusal}"}
    print(json.dumps(answer), flush=True)
