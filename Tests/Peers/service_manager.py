"""Runs a host as a service manager would: hands it its listening sockets, hears its notices, and restarts it while
clients ask without a pause. Prints what was seen, as one JSON object.

usage: service_manager.py PROGRAM RULEBOOK DATA RESTARTS
"""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM, RULEBOOK, DATA, RESTARTS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
PATIENCE = 120


def listening():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(1024)
    # Out of the way of the numbers that the host gets.
    high = fcntl.fcntl(server.fileno(), fcntl.F_DUPFD, 20)
    port = server.getsockname()[1]
    server.close()
    return high, port


class Host:
    """One run of the host, between the same sockets."""

    def __init__(self, sockets, notices):
        self.notices = notices
        path = notices.getsockname()
        self.pid = os.fork()
        if self.pid == 0:
            for number, descriptor in enumerate(sockets):
                os.dup2(descriptor, 3 + number)
            environment = dict(
                os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="api:decisions",
                NOTIFY_SOCKET=path, WATCHDOG_USEC="900000", CASCADE_AWARENESS="0")
            os.dup2(os.open(DATA + ".log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
            os.dup2(1, 2)
            os.execve(PROGRAM, [
                PROGRAM, "serve", "--rulebook", RULEBOOK, "--data", DATA, "--lanes", "2", "--no-specs"], environment)

    def hear(self, word):
        """Waits for a notice with this word; the words until then."""
        heard = []
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            heard.append(self.notices.recv(4096).decode())
            if word in heard[-1]:
                return heard
        raise SystemExit(f"no {word}, but {heard}")

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        heard = self.hear("STOPPING=1")
        status = os.waitpid(self.pid, 0)[1]
        self.pid = None
        return os.waitstatus_to_exitcode(status), heard

    def kill(self):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)


class Client(threading.Thread):
    """Asks on one connection after the other; every request that gets no whole answer is a failed one."""

    def __init__(self, port, request):
        super().__init__(daemon=True)
        self.port, self.request = port, request
        self.answered, self.failed, self.ends = 0, [], False

    def run(self):
        connection = None
        while not self.ends:
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
                connection.sendall(self.request)
                if self.answer(connection):
                    connection.close()
                    connection = None
                self.answered += 1
            except Exception as error:
                self.failed.append(repr(error))
                connection = None
            time.sleep(0.002)

    def answer(self, connection):
        """Reads one answer; whether it says that the connection ends."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                raise EOFError("closed without an answer")
            received += piece
        head, body = received.split(b"\r\n\r\n", 1)
        lines = head.lower().split(b"\r\n")
        if b" 200 " not in lines[0] + b" ":
            raise ValueError(lines[0].decode())
        length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
        while len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                raise EOFError("half an answer")
            body += piece
        return b"connection: close" in lines


def hear_signals():
    """Whoever started this program may have kept signals off, and a child hears what its parent does."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


class Load:
    """wrk on the decision port, with connections that stay open, until it is ended."""

    def __init__(self, port, folder):
        script = folder + "/decide.lua"
        with open(script, "w") as file:
            file.write('wrk.method = "POST"\nwrk.body = \'{"input":{"social_class":"Nobili"}}\'\n')
        self.process = subprocess.Popen(
            ["wrk", "-t1", "-c4", "-d3600", "--timeout", f"{PATIENCE}s", "-s", script,
             f"http://127.0.0.1:{port}/v1/decisions/tier.assign"],
            stdout=subprocess.PIPE, text=True, preexec_fn=hear_signals)

    def end(self):
        """How many requests were answered, and what it says of those that failed."""
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=PATIENCE)[0]
        answered = re.search(r"(\d+) requests in", said)
        return int(answered[1]) if answered else 0, re.findall(r"Socket errors:.*|Non-2xx.*", said)


def main():
    (api, api_port), (decisions, decisions_port) = listening(), listening()
    with tempfile.TemporaryDirectory() as folder:
        notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notices.bind(folder + "/notices")
        notices.settimeout(PATIENCE)
        host = Host((api, decisions), notices)
        words = host.hear("READY=1")
        body = b'{"input":{"social_class":"Nobili"}}'
        clients = [
            Client(decisions_port, b"POST /v1/decisions/tier.assign HTTP/1.1\r\nHost: localhost\r\n"
                   b"Content-Length: %d\r\n\r\n%s" % (len(body), body)),
            Client(api_port, b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        ]
        for client in clients:
            client.start()
        words += host.hear("WATCHDOG=1")
        load = Load(decisions_port, folder)
        codes = []
        try:
            for _ in range(RESTARTS):
                code, heard = host.stop()
                codes.append(code)
                words += heard
                host = Host((api, decisions), notices)
                words += host.hear("READY=1")
            for client in clients:
                before = client.answered
                until = time.monotonic() + PATIENCE
                while client.answered < before + 3 and time.monotonic() < until:
                    time.sleep(0.01)
                client.ends = True
                client.join(PATIENCE)
            requests, errors = load.end()
            code, heard = host.stop()
        finally:
            # Whatever went wrong, nothing goes on behind the test.
            load.process.kill()
            host.kill()
        print(json.dumps({
            "codes": codes + [code], "answered": [client.answered for client in clients],
            "requests": requests, "errors": errors,
            "failed": [client.failed[:5] for client in clients],
            "notices": sorted({line for word in words + heard for line in word.split("\n")}),
        }))


main()
