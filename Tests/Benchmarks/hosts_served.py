"""What served hosts on one PostgreSQL do, each figure against another of the same run, in turns.

hosts_served.py CASCADE STORE SECONDS ROUNDS: decisions a second without effects of a host with a store against one
without; decisions a second with effects of three hosts against one; a reload over three hosts against one of a host by
itself; and how long after `kill -9` of a host another one acknowledges a transfer. wrk asks.
"""

import http.client
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALLERS = 64
PROBE = """
return { name = "probe", version = "1.0.0", decisions = {
  ["probe.add"] = { input = { left = "integer", right = "integer" }, output = { sum = "integer" },
    decide = function(input) return { sum = input.left + input.right + %d } end },
  ["probe.pay"] = { input = {}, output = { paid = "boolean" }, uses = { "ledger.post" }, debits = { "citizen:anna" },
    decide = function(_, host)
      host.ledger.post { from = "citizen:anna", to = "citizen:zoe", amount = amount("DUC/2", 1) }
      return { paid = true }
    end },
} }
"""
ADD = """
wrk.method, wrk.body = "POST", '{"input":{"left":3,"right":4}}'
wrk.headers["Authorization"] = "TOKEN"
"""
# Every request has an id of its own; the first number is wrk's argument.
PAY = """
local number = 0
function init(args) number = tonumber(args[1]) end
function request()
  number = number + 1
  local id = string.format("018bcfe5-6800-7000-8000-%012x", number)
  return wrk.format("POST", nil, { ["Authorization"] = "TOKEN", ["Idempotency-Key"] = id }, '{"input":{}}')
end
"""


class Host:
    """A host of its own folder, until it is stopped."""

    def __init__(self, cascade, folder, shared=(), name=None):
        self.folder = folder / (name or "alone")
        self.shared = list(shared)
        for part in ("plugins", "policies"):
            shutil.copytree(ROOT / part, self.folder / "rules" / part)
        self.write(0)
        named = ["--host-name", name] if name else []
        command = [cascade, "serve", "--rulebook", self.folder / "rules", "--data", self.folder / "data"]
        ports = ["--api", "127.0.0.1:0", "--decisions", "127.0.0.1:0", "--no-specs"]
        self.log = open(self.folder / "log", "w")
        self.process = subprocess.Popen(
            command + ports + self.shared + named, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=os.environ | {"CASCADE_AWARENESS": "0"},
        )  # fmt: skip
        self.api = self.decisions = None
        for line in self.process.stdout:
            found = re.match(r"(API|Decisions)\b.*http://([^/\s]+)", line)
            if found:
                setattr(self, found[1].lower(), found[2])
            if "Try: " in line:
                break
        else:
            sys.exit(f"a host doesn't start: {(self.folder / 'log').read_text()}")
        keys = self.shared or ["--data", self.folder / "data"]
        if self.shared:
            keys = keys + ["--data", self.folder / "commands"]
        said = subprocess.run([cascade, "token", "operator"] + keys, capture_output=True, text=True, check=True)
        self.token = "Bearer " + said.stdout.split()[0]

    def write(self, number):
        """Changes the rulebook's files."""
        path = self.folder / "rules" / "plugins" / "probe"
        path.mkdir(exist_ok=True)
        (path / "plugin.lua").write_text(PROBE % number)

    def ask(self, path, body):
        """The status and the body of an answer of the API."""
        connection = http.client.HTTPConnection(self.api, timeout=60)
        headers = {"Authorization": self.token} | ({"Content-Type": "application/json"} if body else {})
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def transfer(self, number, to, minor):
        """The status of a transfer from outside, of this number."""
        event = {
            "id": f"018bcfe5-6800-7000-9000-{number:012x}", "kind": "posted", "from": "world", "to": to,
            "amount": {"asset": "DUC/2", "minor": minor},
        }  # fmt: skip
        return self.ask("/v1/ledger/transfers", json.dumps({"events": [event]}))[0]

    def reload(self, number):
        """Seconds that a reload of changed files took."""
        self.write(number)
        before = time.perf_counter()
        status, body = self.ask("/v1/rulebook?specs=false", None)
        took = time.perf_counter() - before
        if status != 200:
            sys.exit(f"a reload is refused: {status} {body}")
        return took

    def stop(self):
        """Asks it to end, and waits."""
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Load:
    """wrk's load on a point of a host."""

    used = 0

    def __init__(self, host, point, script, seconds, folder):
        Load.used += 1
        path = folder / f"load{Load.used}.lua"
        path.write_text(script.replace("TOKEN", host.token))
        command = ["wrk", "-t1", f"-c{CALLERS}", f"-d{seconds}s", "--timeout", "30s", "-s", path]
        address = f"http://{host.decisions}/v1/decisions/{point}"
        self.process = subprocess.Popen(
            command + [address, "--", str(Load.used * 10**8)], stdout=subprocess.PIPE, text=True)  # fmt: skip

    def rate(self):
        """Requests a second, when all were answered well."""
        said = self.process.communicate()[0]
        if "Non-2xx" in said or "Socket errors" in said:
            sys.exit(f"requests failed: {said}")
        return float(re.search(r"Requests/sec:\s*([\d.]+)", said)[1])


def rate(hosts, point, script, seconds, folder):
    """Requests a second of all these hosts at once."""
    return sum(load.rate() for load in [Load(host, point, script, seconds, folder) for host in hosts])


class Transfers:
    """Callers who transfer at a host one after the other, until it doesn't answer or they are told to end."""

    def __init__(self, host, number, callers=4):
        self.host, self.acknowledged, self.is_over = host, [], False
        self.threads = [threading.Thread(target=self.run, args=(number * 100 + n,)) for n in range(callers)]
        for thread in self.threads:
            thread.start()

    def run(self, caller):
        """Remembers when each transfer was sent, and when it was acknowledged."""
        number = caller * 10**7
        while not self.is_over:
            number += 1
            sent = time.perf_counter()
            try:
                status = self.host.transfer(number, "citizen:zoe", 1)
            except (OSError, http.client.HTTPException):
                return
            if status == 200:
                self.acknowledged.append((sent, time.perf_counter()))

    def end(self):
        """Waits for all callers."""
        self.is_over = True
        for thread in self.threads:
            thread.join()


def kill(cascade, shared, folder, hosts, number, seconds):
    """Kills a further host under load: seconds until a transfer that is sent elsewhere then is acknowledged, and the
    usual ones."""
    victim = Host(cascade, folder, shared, f"victim{number}")
    loads = [Transfers(host, 10 * number + place) for place, host in enumerate([victim, *hosts])]
    time.sleep(seconds)
    killed = time.perf_counter()
    victim.process.kill()
    victim.process.wait()
    elsewhere = []
    while not elsewhere:
        time.sleep(0.001)
        elsewhere = [at for load in loads[1:] for sent, at in load.acknowledged if sent > killed]
    for load in loads:
        load.end()
    usual = [at - sent for load in loads[1:] for sent, at in load.acknowledged if at < killed]
    return min(elsewhere) - killed, statistics.quantiles(usual, n=100)[98]


def main(cascade, store, seconds, rounds):
    """Runs all of it, and says a line for each round of each figure."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="cascade-served-"))
    key = folder / "store.key"
    subprocess.run([cascade, "store", "new-key", "--out", key], check=True, stdout=subprocess.DEVNULL)
    shared = ["--store", store, "--key-encryption-key-file", key]
    running = []
    try:
        running.append(Host(cascade, folder))
        hosts = []
        for name in ("one", "two", "three"):
            hosts.append(Host(cascade, folder, shared, name))
            running.append(hosts[-1])
        alone = running[0]
        if hosts[0].transfer(1, "citizen:anna", 10**12) != 200:
            sys.exit("no money can be given")
        for _ in range(rounds):
            ours = rate(hosts[:1], "probe.add", ADD, seconds, folder)
            theirs = rate([alone], "probe.add", ADD, seconds, folder)
            print(
                f"without effects: one host with --store {ours:.0f} decisions/s, without {theirs:.0f} decisions/s, "
                f"ratio {ours / theirs:.2f}", flush=True)  # fmt: skip
        for _ in range(rounds):
            three = rate(hosts, "probe.pay", PAY, seconds, folder)
            one = rate(hosts[:1], "probe.pay", PAY, seconds, folder)
            print(
                f"with effects: three hosts {three:.0f} decisions/s, one host {one:.0f} decisions/s, "
                f"ratio {three / one:.2f}", flush=True)  # fmt: skip
        for number in range(1, rounds + 1):
            fleet, single = hosts[number % 3].reload(number), alone.reload(number)
            print(
                f"reload: over three hosts {fleet * 1000:.0f} ms, of one by itself {single * 1000:.0f} ms, "
                f"ratio {fleet / single:.2f}", flush=True)  # fmt: skip
        for number in range(1, rounds + 1):
            next_one, usual = kill(cascade, shared, folder, hosts[:2], number, seconds)
            print(
                f"kill -9: the next transfer elsewhere is acknowledged after {next_one * 1000:.0f} ms; before, 99 of "
                f"100 took at most {usual * 1000:.0f} ms, ratio {next_one / usual:.2f}", flush=True)  # fmt: skip
    finally:
        for host in running:
            host.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
