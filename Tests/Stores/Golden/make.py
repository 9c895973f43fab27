"""Makes a small data folder with a program: python3 make.py PROGRAM OUT

PROGRAM is `cascade` of the version whose forms the folder shall have; OUT gets `data/` and `expected.json`. Everything
runs on loopback, and all keys and tokens in it are made up.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

PROGRAM, OUT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
RULE = """return {
  name = "numbers",
  version = "1.0.0",
  decisions = {
    ["number.double"] = {
      input = { number = "integer" },
      output = { number = "integer" },
      decide = function(input) return { number = 2 * input.number } end,
    },
  },
}
"""


def run(*arguments, code=0):
    ended = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    assert ended.returncode == code, (arguments, ended)
    return ended.stdout


def ask(url, body, token=None):
    headers = {"Authorization": "Bearer " + token} if token else {}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def main():
    with tempfile.TemporaryDirectory() as folder:
        data, rules = folder + "/data", folder + "/rules"
        os.makedirs(rules + "/plugins/numbers")
        with open(rules + "/plugins/numbers/plugin.lua", "w") as file:
            file.write(RULE)
        with open(folder + "/edges.csv", "w") as file:
            file.write("citizen1,citizen2,trustScore,strengthScore,lastInteraction\nanna,bruno,70,10,2026-01-01T00:00:00Z\n")
        run("graph", "import", "--edges", folder + "/edges.csv", "--data", data)
        environment = dict(os.environ, CASCADE_AWARENESS="0")
        host = subprocess.Popen(
            [PROGRAM, "serve", "--rulebook", rules, "--data", data, "--api", "127.0.0.1:0", "--decisions",
             "127.0.0.1:0", "--lanes", "1"], stdout=subprocess.PIPE, text=True, env=environment)
        said = ""
        for line in host.stdout:
            said += line
            if line.startswith("Try"):
                break
        api = re.search(r"API +(http://\S+)", said)[1]
        decisions = re.search(r"Decisions (http://\S+)", said)[1]
        token = run("token", "operator", "--data", data).split()[0]
        records = []
        for number in range(4):
            event = {"id": "7f3c1b1e-0000-4000-8000-%012d" % number, "kind": "posted", "from": "world",
                     "to": "citizen:anna", "amount": {"asset": "DUC/2", "minor": 100 + number}}
            ask(api + "/v1/ledger/transfers", {"events": [event]}, token)
            records.append(ask(decisions + "/v1/decisions/number.double", {"input": {"number": number}})["decision_id"])
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", folder + "/key"], check=True)
        subprocess.run(["openssl", "pkey", "-in", folder + "/key", "-pubout", "-out", folder + "/key.pub"], check=True)
        run("token", "enrol", "anna", "--key", folder + "/key.pub", "--data", data)
        run("token", "revoke", "018bcfe5-6800-7000-8000-000000000001", "--data", data)
        time.sleep(2)
        host.terminate()
        assert host.wait() == 0
        expected = {
            "version": run("--version").strip(),
            "verify": run("ledger", "verify", "--data", data),
            "balances": json.loads(run("ledger", "balances", "--format", "json", "--data", data)),
            "replay": run("replay", "--all", "--data", data),
            "trust": run("graph", "export", "--format", "csv", "--data", data),
            "records": records,
            "token": token,
        }
        shutil.rmtree(OUT, ignore_errors=True)
        os.makedirs(OUT)
        shutil.copytree(data, OUT + "/data", ignore=shutil.ignore_patterns("*.lock", "lock", "*-shm", "*-wal"))
        with open(OUT + "/data/host.json") as file:
            mark = json.load(file)
        # Which machine made it is nobody's business.
        mark["clock"]["boot"] = "00000000-0000-4000-8000-000000000000"
        with open(OUT + "/data/host.json", "w") as file:
            json.dump(mark, file, indent=2)
        shutil.copytree(rules, OUT + "/rulebook")
        with open(OUT + "/expected.json", "w") as file:
            json.dump(expected, file, indent=1)
            file.write("\n")


main()
