"""Checks a ledger's proofs with aics-tlog, which has its own RFC 6962 tree and C2SP notes.

Reads one JSON object a line, {"ask": ..., ...}, and answers one a line: {"result": ...}, or {"refused": why} where the
library refuses what it was given.

  checkpoint  note, key, origin -> {"size", "root"} of a note that the verifier key `key` signed
  proof       text, entry, key  -> whether a tlog-proof leads from the entry to the checkpoint in it
  tree        entries           -> the root over these entries, in base64

Entries are in hexadecimal digits.
"""

import base64
import json
import sys

from aics_tlog import (
    MerkleTree, parse_checkpoint, parse_note, parse_vkey, verify_checkpoint, verify_leaf_inclusion)


def checkpoint(note, key, origin=None):
    parsed = parse_note(note)
    result = verify_checkpoint(parsed, parse_vkey(key), expected_origin=origin)
    if not result.ok:
        raise ValueError(result.error or "no good signature")
    read = parse_checkpoint(parsed.text)
    return {"size": read.size, "root": base64.b64encode(read.root).decode()}


def proof(text, entry, key):
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("index "):
        raise ValueError("this is no tlog-proof")
    read = checkpoint(note, key)
    hashes = [base64.b64decode(line, validate=True) for line in lines[2:]]
    return verify_leaf_inclusion(
        bytes.fromhex(entry), int(lines[1][6:]), read["size"], hashes, base64.b64decode(read["root"]))


def tree(entries):
    return base64.b64encode(MerkleTree([bytes.fromhex(entry) for entry in entries]).root()).decode()


for line in sys.stdin:
    question = json.loads(line)
    ask = {"checkpoint": checkpoint, "proof": proof, "tree": tree}[question.pop("ask")]
    try:
        answer = {"result": ask(**question)}
    except (ValueError, KeyError) as refusal:
        answer = {"refused": f"{type(refusal).__name__}: {refusal}"}
    print(json.dumps(answer), flush=True)
