"""Makes a data folder of the first stage with its program: python3 make.py PROGRAM REPOSITORY OUT

PROGRAM is `cascade` built from commit 84c2972, REPOSITORY its sources (plugins/ and policies/), OUT the folder that
gets `data/` and `expected.json`. Everything runs on loopback; the secrets are made up here.
"""

import atexit
import base64
import hashlib
import hmac
import http.server
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

PROGRAM, REPOSITORY, OUT = sys.argv[1:4]
WEBHOOK_SECRET = "whsec_first_stage"
counter = 0


def uuid7():
    """A version 7 UUID of now; its last part counts up, so that ids can be told apart."""
    global counter
    counter += 1
    text = "%012x7%03x8%03x%012x" % (int(time.time() * 1000), counter, counter, counter)
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


class Stripe(http.server.BaseHTTPRequestHandler):
    """As much of Stripe as the host asks."""

    intents = {}
    by_key = {}

    def log_message(self, *arguments):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        parts = path.strip("/").split("/")
        if len(parts) == 2 and parts[1] == "payment_intents":
            found = sorted(self.intents.values(), key=lambda intent: intent["created"], reverse=True)
            return self.answer(200, {"object": "list", "data": found, "has_more": False})
        if len(parts) == 2 and parts[1] == "disputes":
            return self.answer(200, {"object": "list", "data": [], "has_more": False})
        intent = self.intents.get(parts[2])
        self.answer(200, intent) if intent else self.answer(404, {"error": {"type": "invalid_request_error"}})

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()))
        parts = self.path.strip("/").split("/")
        if len(parts) == 2:
            key = self.headers["Idempotency-Key"]
            if key not in self.by_key:
                self.by_key[key] = make_intent(form)
            intent = self.by_key[key]
            if form.get("confirm") and intent["status"] != "succeeded":
                if form["payment_method"] == "pm_card_visa":
                    succeed(intent)
                else:
                    intent["last_payment_error"] = {"code": "card_declined", "decline_code": "generic_decline"}
                    return self.answer(
                        402, {"error": {"type": "card_error", "code": "card_declined",
                                        "decline_code": "generic_decline", "message": "declined",
                                        "payment_intent": intent}})
            return self.answer(200, intent)
        intent = self.intents[parts[2]]
        if parts[3] == "cancel":
            intent["status"] = "canceled"
        self.answer(200, intent)


def make_intent(form):
    name = "pi_first%d" % (len(Stripe.intents) + 1)
    metadata = {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")}
    Stripe.intents[name] = {
        "id": name, "object": "payment_intent", "amount": int(form["amount"]), "amount_received": 0,
        "client_secret": name + "_secret_first", "created": int(time.time()), "currency": form["currency"],
        "last_payment_error": None, "latest_charge": None, "livemode": False, "metadata": metadata,
        "status": "requires_payment_method",
    }
    return Stripe.intents[name]


def succeed(intent):
    intent.update(status="succeeded", amount_received=intent["amount"], latest_charge={
        "id": "ch" + intent["id"][2:], "object": "charge", "amount": intent["amount"], "amount_refunded": 0,
        "disputed": False, "refunded": False})


class Host:
    """A host that serves until it is stopped."""

    def __init__(self, rulebook, data, stripe, demo=True):
        environment = dict(
            os.environ, CASCADE_STRIPE_URL=stripe, CASCADE_STRIPE_KEY="sk_test_first_stage",
            CASCADE_STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
            CASCADE_VENICE_URL="http://127.0.0.1:1")
        self.data = data
        self.process = subprocess.Popen(
            [PROGRAM, "serve", *(["--demo"] if demo else []), "--no-specs", "--rulebook", rulebook, "--data", data, "--lanes", "2",
             "--api", "127.0.0.1:0", "--decisions", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        Host.running = self
        for line in self.process.stdout:
            if line.startswith("API"):
                self.api = line.split()[1]
            if line.startswith("Decisions"):
                self.decisions = line.split()[1]
            if line.startswith("Try:"):
                break
        self.operator = {"Authorization": "Bearer " + run("token", "operator", "--data", data).strip()}

    running = None

    def stop(self):
        self.process.terminate()
        assert self.process.wait() == 0

    def ask(self, path, body=None, headers={}, port=None, raw=None):
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request((port or self.api) + path, data=data, headers={
            "Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            text = error.read()
        return json.loads(text)

    def give(self, *funds):
        events = [
            {"id": uuid7(), "kind": "posted", "from": "world", "to": account,
             "amount": {"asset": asset, "minor": minor}} for account, asset, minor in funds]
        results = self.ask("/v1/ledger/transfers", {"events": events}, self.operator)["results"]
        assert all(result["status"] == "created" for result in results), results

    def transfer(self, **event):
        answer = self.ask("/v1/ledger/transfers", {"events": [{"id": uuid7(), **event}]}, self.operator)
        return answer["results"][0]

    def decide(self, point, entry, headers={}):
        return self.ask("/v1/decisions/" + point, {"input": entry}, headers, self.decisions)

    def decide_with_effects(self, point, entry):
        return self.decide(point, entry, {**self.operator, "Idempotency-Key": uuid7()})

    def pay(self, citizen, body):
        identity = uuid7()
        return self.ask("/v1/payments", body, {**citizen.bearer, "Idempotency-Key": identity})

    def webhook(self, name, kind, intent):
        event = {
            "id": name, "object": "event", "api_version": "2024-06-20", "created": int(time.time()),
            "data": {"object": intent}, "livemode": False, "pending_webhooks": 1, "type": kind}
        body = json.dumps(event).encode()
        moment = str(int(time.time()))
        code = hmac.new(WEBHOOK_SECRET.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
        return self.ask("/v1/webhooks/stripe", headers={"Stripe-Signature": f"t={moment},v1={code}"}, raw=body)


class Citizen:
    """Somebody with a key that was enrolled."""

    def __init__(self, name, data):
        self.name = name
        self.key = Ed25519PrivateKey.generate()
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
            file.flush()
            run("token", "enrol", name, "--key", file.name, "--data", data)

    def sign_in(self, host):
        challenge = host.ask("/v1/auth/challenge", {"username": self.name})
        message = "\n".join(["cascade-auth-v1", challenge["issuer"], self.name, challenge["nonce"]])
        signature = base64.urlsafe_b64encode(self.key.sign(message.encode())).decode().rstrip("=")
        self.tokens = host.ask(
            "/v1/auth/token", {"username": self.name, "nonce": challenge["nonce"], "signature": signature})
        assert "access_token" in self.tokens, self.tokens

    def refresh(self, host):
        self.tokens = host.ask("/v1/auth/refresh", {"refresh_token": self.tokens["refresh_token"]})

    @property
    def bearer(self):
        return {"Authorization": "Bearer " + self.tokens["access_token"]}


def run(*arguments, check=True):
    ending = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True)
    assert ending.returncode == 0 or not check, ending
    if ending.returncode != 0:
        print(arguments, ending)
    return ending.stdout


def change(rulebook, file, before, after):
    path = os.path.join(rulebook, file)
    with open(path) as stream:
        text = stream.read()
    assert before in text, (file, before)
    with open(path, "w") as stream:
        stream.write(text.replace(before, after))


def make(rulebook, data, stripe):
    expected = {"payments": {}, "sessions": {}}
    host = Host(rulebook, data, stripe)
    anna, bruno, carla = (Citizen(name, data) for name in ["ConsiglioDeiDieci", "BasstheWhale", "SilkRoadRunner"])
    time.sleep(2.5)
    for citizen in (anna, bruno, carla):
        citizen.sign_in(host)
    anna.refresh(host)
    used = bruno.tokens["refresh_token"]
    bruno.refresh(host)
    expected["used_refresh_token"] = used

    host.give(("reserve:ducats", "DUC/2", 10_000_000), ("bridge:dollars", "USD/2", 1_000_000),
              ("reserve:uplift", "USD/2", 100_000), ("treasury", "DUC/2", 1_000_000),
              ("citizen:ConsiglioDeiDieci", "DUC/2", 500_000))
    assert host.transfer(kind="posted", **{"from": "citizen:nobody", "to": "citizen:anna"},
                         amount={"asset": "DUC/2", "minor": 1})["status"] != "created"
    hold = host.transfer(kind="pending", **{"from": "treasury", "to": "citizen:CarloGrimani"},
                         amount={"asset": "DUC/2", "minor": 700}, timeout_seconds=31_536_000 * 20)
    assert hold["status"] == "created", hold

    # Decisions of a first generation; failures, too.
    for entry in ({"social_class": "Nobili"}, {"social_class": "Facchini"}, {"class": "Nobili"}):
        host.decide("tier.assign", entry)
    host.decide("consciousness.measure", {"citizen": "ConsiglioDeiDieci"})
    citizens = [{"username": "c%d" % number, "social_class": "Facchini"} for number in range(5)]
    for listed in (citizens, []):
        assert "result" in host.decide_with_effects("treasury.redistribute", {"citizens": listed})
    # A package that is paid at once, one that is open, one that is declined and given up, one refused, a sale.
    paid = host.pay(anna, {"package": "explorer", "payment_method": "pm_card_visa"})
    assert paid["state"] == "settled", paid
    opened = host.pay(bruno, {"package": "starter"})
    assert opened["state"] == "open", opened
    declined = host.pay(carla, {"package": "starter", "payment_method": "pm_card_chargeCustomerFail"})
    given_up = host.ask(f"/v1/payments/{declined['id']}/cancel", {}, carla.bearer)
    assert given_up["state"] == "canceled", given_up
    quote = host.ask("/v1/quotes", {"side": "sell", "amount": "1000.00 DUC/2"}, anna.bearer)
    sold = host.pay(anna, {"quote": quote["quote"]})
    assert sold["state"] == "settled", sold
    again = host.pay(anna, {"quote": quote["quote"]})
    assert again["reason"] == "quote_used", again
    assert host.webhook("evt_first1", "payment_intent.succeeded", Stripe.intents["pi_first1"])
    host.stop()

    # A second generation, loaded at the start; a third by a reload; back to the second.
    change(rulebook, "policies/tiers.lua", "Facchini", "Portatori")
    host = Host(rulebook, data, stripe)
    host.decide("tier.assign", {"social_class": "Portatori"})
    change(rulebook, "policies/fees.lua", "0.025", "0.03")
    run("reload", "--api", host.api.removeprefix("http://"), "--no-specs", "--data", data)
    host.decide("bridge.quote", {"side": "sell", "amount": "100.00 DUC/2", "level": 0.5})
    run("rollback", "--api", host.api.removeprefix("http://"), "--data", data)
    host.decide("bridge.quote", {"side": "sell", "amount": "100.00 DUC/2", "level": 0.5})
    expected["rulebook"] = {
        name: value for name, value in host.ask("/v1/rulebook").items() if name in ("generation", "digest")}

    # Another purchase, refunded in part; the open one is paid, and nobody is told.
    anna.sign_in(host)
    bruno.sign_in(host)
    refunded = host.pay(bruno, {"package": "trader", "payment_method": "pm_card_visa"})
    assert refunded["state"] == "settled", refunded
    intent = Stripe.intents[refunded["intent"]]
    intent["latest_charge"]["amount_refunded"] = intent["amount"] // 2
    host.webhook("evt_first2", "charge.refunded", {
        "id": "ch_first", "object": "charge", "payment_intent": intent["id"]})
    # A notice whose intent Stripe doesn't have stays unfinished.
    host.webhook("evt_first3", "payment_intent.succeeded", {
        "id": "pi_firstunknown", "object": "payment_intent"})

    # Keys: one that takes over later; a token that is over before its time.
    run("token", "rotate", "--data", data)
    lost = run("token", "operator", "--lifetime", "24h", "--data", data).strip()
    claims = json.loads(base64.urlsafe_b64decode(lost.split(".")[1] + "=="))
    run("token", "revoke", claims["jti"], "--data", data)
    expected["revoked"] = claims["jti"]
    carla.sign_in(host)
    host.ask("/v1/auth/logout", {}, carla.bearer)
    expected["ended_refresh_token"] = carla.tokens["refresh_token"]
    time.sleep(2)
    for citizen in (anna, bruno):
        expected["sessions"][citizen.name] = citizen.tokens["refresh_token"]
    for payment, citizen in ((paid, anna), (opened, bruno), (declined, carla), (sold, anna), (refunded, bruno)):
        if citizen is carla:
            citizen = Citizen("SilkRoadRunner", data)
            time.sleep(1.5)
            citizen.sign_in(host)
            expected["sessions"][citizen.name] = citizen.tokens["refresh_token"]
        looked = host.ask(f"/v1/payments/{payment['id']}", headers=citizen.bearer)
        looked.pop("client_secret", None)
        expected["payments"][payment["id"]] = looked
    host.stop()

    # Without the sample data: trust is kept, and credits are sent in vain.
    run("graph", "import", "--data", data, "--edges",
        os.path.join(REPOSITORY, "Sources/cascade/Resources/venice_relationships.csv"))
    host = Host(rulebook, data, stripe, demo=False)
    for pair in (("BasstheWhale", "SilkRoadRunner", 15), ("ConsiglioDeiDieci", "BasstheWhale", -5)):
        answer = host.ask("/v1/graph/interactions",
                          {"citizen1": pair[0], "citizen2": pair[1], "change": pair[2]}, host.operator)
        assert "trust" in answer, answer
    time.sleep(2)
    host.stop()
    expected["made_milliseconds"] = int(time.time() * 1000)
    expected["signing_key"] = base64.urlsafe_b64encode(anna.key.private_bytes(
        Encoding.Raw, PrivateFormat.Raw, NoEncryption())).decode().rstrip("=")
    expected["balances"] = json.loads(run("ledger", "balances", "--format", "json", "--data", data))
    expected["verify"] = run("ledger", "verify", "--data", data)
    expected["replay"] = run("replay", "--all", "--data", data)
    graph = run("graph", "export", "--format", "csv", "--data", data)
    expected["trust"] = sorted(graph.splitlines()[1:])
    expected["keys"] = [
        [key["kid"], key["state"]] for key in json.loads(run("token", "keys", "--format", "json", "--data", data))["keys"]]
    return expected


def main():
    stripe = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stripe)
    threading.Thread(target=stripe.serve_forever, daemon=True).start()
    atexit.register(lambda: Host.running and Host.running.process.kill())
    with tempfile.TemporaryDirectory() as folder:
        for part in ("plugins", "policies"):
            # Without specs and types, which decide nothing.
            shutil.copytree(os.path.join(REPOSITORY, part), os.path.join(folder, "rules", part),
                            ignore=shutil.ignore_patterns("spec", "library"))
        data = os.path.join(folder, "data")
        expected = make(os.path.join(folder, "rules"), data, f"http://127.0.0.1:{stripe.server_address[1]}")
        # The write-ahead logs go into the files, which keeps the folder small.
        for name in ("ledger", "graph", "payments", "sessions"):
            with sqlite3.connect(os.path.join(data, name, name + ".sqlite")) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for parent, _, names in os.walk(data):
            for name in names:
                if name.endswith((".sqlite-wal", ".sqlite-shm", "lock")):
                    os.remove(os.path.join(parent, name))
        shutil.rmtree(os.path.join(OUT, "data"), ignore_errors=True)
        shutil.copytree(data, os.path.join(OUT, "data"))
    with open(os.path.join(OUT, "expected.json"), "w") as file:
        json.dump(expected, file, indent=2)
        file.write("\n")


main()
