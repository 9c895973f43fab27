"""Opens a backup's sealed keys by another implementation: sealed.py FILE, the passphrase on standard input."""

import hashlib
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sealed = open(sys.argv[1], "rb").read()
head, _, rest = sealed.partition(b"\n")
assert head == b"cascade-sealed-v1 scrypt N=131072 r=8 p=1 AES-256-GCM", head
salt, nonce, cipher = rest[:16], rest[16:28], rest[28:]
key = hashlib.scrypt(sys.stdin.buffer.read(), salt=salt, n=1 << 17, r=8, p=1, maxmem=160 << 20, dklen=32)
sys.stdout.write(AESGCM(key).decrypt(nonce, cipher, head + b"\n" + salt + nonce).decode())
