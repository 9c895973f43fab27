"""HTTP servers that behave oddly, plain and behind TLS. Prints one line of JSON: where each listens and the file of the
authority that signed their certificates. A line on standard input answers how many requests came so far."""

import datetime
import ipaddress
import json
import pathlib
import socket
import ssl
import sys
import tempfile
import threading
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="cascade-odd-"))
NOW = datetime.datetime.now(datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
requests = []


def certificate(name, issuer=None, hosts=(), start=-DAY, end=DAY):
    """A key and a certificate, signed by `issuer` (a pair of the same) or by itself; its file has both."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    signer, signer_name = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + start)
        .not_valid_after(NOW + end)
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(hosts)), critical=False)
    made = builder.sign(signer, hashes.SHA256())
    file = FOLDER / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return key, made, file


def head(status, *fields):
    return "".join([f"HTTP/1.1 {status}\r\n", *(f"{field}\r\n" for field in fields), "\r\n"]).encode()


def answer(connection, path):
    """Answers one request. False when the connection is over."""
    if path == "/ok":
        connection.sendall(head("200 OK", "Content-Length: 2", "X-Odd:  a value \t") + b"ok")
    elif path == "/echo":
        connection.sendall(head("200 OK", f"Content-Length: {len(requests[-1])}") + requests[-1])
    elif path == "/interim":
        connection.sendall(head("103 Early Hints", "X-Odd: early"))
        connection.sendall(head("200 OK", "Content-Length: 0", "X-Odd: late"))
    elif path == "/redirect":
        connection.sendall(head("302 Found", "Location: /ok", "Content-Length: 0"))
    elif path == "/trickle":
        connection.sendall(head("200 OK", "Content-Length: 1000"))
        for _ in range(600):
            connection.sendall(b".")
            time.sleep(0.05)
    elif path == "/silent":
        time.sleep(30)
    elif path == "/endless":
        connection.sendall(head("200 OK"))
        while True:
            connection.sendall(b"x" * 65536)
    elif path == "/long-head":
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Odd: " + b"y" * 1000 + b"\r\n")
    elif path == "/cut":
        connection.sendall(head("200 OK", "Content-Length: 100") + b"half")
        return False
    elif path == "/nonsense":
        connection.sendall(b"SSH-2.0-odd\r\n\r\n")
        return False
    elif path == "/dies-later":
        connection.sendall(head("200 OK", "Content-Length: 0"))
        # The next request on this connection is read and then dropped.
        receive(connection)
        return False
    else:
        return False
    return True


def receive(connection):
    """The next request's line, after its body; nil at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    top, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in top.lower().split(b"\r\n")[1:]:
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    requests.append(top)
    return top.split(b"\r\n")[0].decode()


def talk(connection, context):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        while line := receive(connection):
            if not answer(connection, line.split(" ")[1]):
                break
        connection.close()
    except OSError:
        pass


def serve(file=None):
    """Listens on a port of its own; behind TLS with the certificate in `file`."""
    context = None
    if file:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=talk, args=(connection, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


authority = certificate("authority")
stranger = certificate("stranger")
here = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]
places = {
    "plain": serve(),
    "good": serve(certificate("good", authority, here)[2]),
    "other-name": serve(certificate("other-name", authority, [x509.DNSName("elsewhere.example")])[2]),
    "expired": serve(certificate("expired", authority, here, -3 * DAY, -DAY)[2]),
    "not-yet": serve(certificate("not-yet", authority, here, DAY, 3 * DAY)[2]),
    "unknown-authority": serve(certificate("unknown-authority", stranger, here)[2]),
    "self-signed": serve(certificate("self-signed", None, here)[2]),
}
trusted = FOLDER / "trusted.pem"
trusted.write_bytes(authority[1].public_bytes(serialization.Encoding.PEM))
print(json.dumps({"ports": places, "authorities": str(trusted)}), flush=True)
for line in sys.stdin:
    print(len(requests), flush=True)
for file in FOLDER.iterdir():
    file.unlink()
FOLDER.rmdir()
