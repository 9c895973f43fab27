import Core
import Foundation
import Testing

/// What can't be done is said at once, with the true reason, and what can't be written doesn't count as written.
struct TrueReasonTests {
  private let scratch: Scratch
  private var root: String { scratch.url.path() }
  private var data: String { scratch.url.appending(path: "data").path() }

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "plugins/p/plugin.lua",
      """
      return { name = "p", version = "1.0.0", decisions = {
        ["p.ask"] = { input = {}, output = { v = "integer" }, decide = function() return { v = 1 } end } } }

      """)
  }

  /// Runs the program by a shell, which sets up what its streams are.
  private func shell(_ line: String) throws -> Program.Ending {
    try Program.run(["-c", line], executable: "/bin/sh")
  }

  @Test func `every command whose result can't be written says so and ends with 1`() throws {
    let edges = try scratch.write("e.csv", "citizen1,citizen2,trustScore,strengthScore,lastInteraction\na,b,5,1,2024\n")
    let input = try scratch.write("in.json", "{}")
    let keys = try scratch.write("keys.json", #"{"keys":[]}"#)
    #expect(try Program.run(["graph", "import", "--data", data, "--edges", edges]).code == 0)
    let transfer = ["ledger", "transfer", "--data", data, "--from", "world", "--to", "a:b", "--amount", "1 X"]
    #expect(try Program.run(transfer).code == 0)
    let commands = [
      "eval p.ask --rulebook \(root) -i \(input)", "eval p.ask --rulebook \(root) -i \(input) --pretty",
      "check --rulebook \(root) --format json", "test --rulebook \(root)", "test --rulebook \(root) --format junit",
      "test --rulebook \(root) --format tap", "bench p.ask --rulebook \(root) -i \(input) --seconds 0.01",
      "graph export --data \(data) --format csv", "graph export --data \(data) --format graphml",
      "graph stats --edges \(edges)", "graph import --data \(data) --edges \(edges)", "token operator --data \(data)",
      "token keys --data \(data)", "token keys --data \(data) --format json", "ledger balances --data \(data)",
      "ledger verify --data \(data)", "ledger export --data \(data) --format csv",
      "ledger export --data \(data) --format hledger", "replay --all --data \(data)", "--help", "--version",
      "help eval",
      "--generate-completion-script bash",
      "serve --rulebook \(root) --data \(data) --api 127.0.0.1:0 --decisions 127.0.0.1:0",
      transfer.joined(separator: " ").replacing("1 X", with: "'1 X'"),
    ]
    for command in commands {
      for stream in ["/dev/full", "&-"] {
        let ending = try shell("\(Program.path) \(command) >\(stream) </dev/null")
        #expect(ending.code == 1, "\(command) >\(stream): \(ending.error)")
        #expect(
          ending.error.contains("error: can't write to standard output: "), "\(command) >\(stream): \(ending.error)")
      }
    }
    let verify = try shell("echo x | \(Program.path) token verify --jwks \(keys) >/dev/full")
    #expect(verify.code == 1)
  }

  @Test func `a reader that went away ends a command in silence`() throws {
    let ending = try shell("{ sleep 0.2; \(Program.path) --help; echo \"code $?\" >&2; } | true")
    #expect(!ending.error.contains("error"), "\(ending.error)")
  }

  @Test func `what would go to a closed stream goes into no file`() throws {
    let ending = try shell(
      "\(Program.path) token keys --data \(data) <&- >&- 2>&-; \(Program.path) token keys --data \(data)")
    #expect(ending.code == 0, "\(ending.error)")
  }

  @Test(arguments: ["status", "reload", "rollback"])
  func `without a host a command says what the system said`(command: String) throws {
    // A port that was free a moment ago; nobody listens there.
    let probe = try RunningServer(scratch)
    let address = probe.api
    #expect(probe.stop() == 0)
    let ending = try Program.run([command, "--api", address] + (command == "status" ? [] : ["--data", data]))
    #expect(ending.code == 1)
    #expect(ending.error == "error: no host answers at \(address): Connection refused\n")
  }

  @Test func `a port that is taken is named with its option`() throws {
    let server = try RunningServer(scratch)
    for (option, address) in [("--api", server.api), ("--decisions", server.decisions)] {
      let other = root + "/other"
      let rest = option == "--api" ? ["--decisions", "127.0.0.1:0"] : ["--api", "127.0.0.1:0"]
      let ending = try Program.run(["serve", "--rulebook", root, "--data", other, option, address] + rest)
      #expect(ending.code == 1)
      let line = ending.error.split(separator: "\n").last ?? ""
      #expect(line == "error: can't listen on \(address), as \(option) says: Address already in use")
      // No generation's number is used up by it.
      #expect(!FileManager.default.fileExists(atPath: other + "/generation"))
    }
    #expect(server.stop() == 0)
  }

  @Test func `a folder that can't be made is told with the system's reason`() throws {
    let reason =
      try Program.run(["/sys/cascade-test"], executable: "/bin/mkdir").error.split(separator: ": ").last ?? ""
    let why = reason.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(!why.isEmpty && why != "No such file or directory")
    let edges = try scratch.write("e.csv", "citizen1,citizen2,trustScore,strengthScore,lastInteraction\na,b,5,1,2024\n")
    for command in [
      ["serve", "--rulebook", root, "--data", "/sys/cascade-test"],
      ["token", "operator", "--data", "/sys/cascade-test"],
      ["graph", "import", "--edges", edges, "--data", "/sys/cascade-test"],
      ["ledger", "transfer", "--from", "world", "--to", "a", "--amount", "1 X", "--data", "/sys/cascade-test"],
      ["types", "--rulebook", root, "--out", "/sys/cascade-test/a"],
    ] {
      let ending = try Program.run(command)
      #expect(ending.code == 1 && ending.error.contains(why), "\(command): \(ending.error)")
      #expect(!ending.error.contains("invalid_token") && !ending.error.contains("No such file"), "\(ending.error)")
    }
  }

  @Test func `a value of a variable or a file that can't be meant keeps a host from starting`() throws {
    let serve = ["serve", "--rulebook", root, "--data", data, "--api", "127.0.0.1:0", "--decisions", "127.0.0.1:0"]
    for (name, value) in [
      ("LANES", "abc"), ("LANES", "0"), ("LANES", "1.5"), ("WATCH", "on"), ("DEMO", "maybe"), ("NO_SPECS", "2"),
      ("ALLOW", "two words"), ("ALLOW", "a,,b"), ("RECORDS", "some"), ("ISSUER", "nowhere"),
    ] {
      let ending = try Program.run(serve, environment: ["CASCADE_" + name: value])
      #expect(ending.code == 64, "\(name)=\(value): \(ending.error)")
    }
    #expect(try Program.run(serve, environment: ["CASCADE_CONFIG": "/nonexistent/c.json"]).code == 1)
    #expect(try Program.run(["serve", "--data", ""]).code == 64)
    #expect(try Program.run(["token", "operator", "--data", ""]).code == 64)
    #expect(try Program.run(["serve", "--api", "127.0.0.1:9", "--decisions", "127.0.0.1:9"]).code == 64)
    for (text, named) in [
      (#"{"lanes":"4"}"#, "lanes"), (#"{"lanes":1.5}"#, "lanes"), (#"{"api":8080}"#, "api"),
      (#"{"watch":"yes"}"#, "watch"),
      (#"{"demo":1}"#, "demo"), (#"{"no-specs":"true"}"#, "no-specs"), (#"{"allow":"x"}"#, "allow"),
      (#"{"allow":[1]}"#, "allow"),
      (#"{"rulebok":"x"}"#, "rulebok"), ("[]", "object"), ("7", "object"), (#"{"data":null}"#, "data"), ("{", "c.json"),
    ] {
      let ending = try Program.run(serve + ["--config", try scratch.write("c.json", text)])
      #expect(ending.code == 1 && ending.error.contains(named), "\(text): \(ending.error)")
    }
  }

  @Test func `every option of serve has its variable`() throws {
    try scratch.write("plugins/p/spec/p_spec.lua", #"it("fails", function() error("no") end)"#)
    #expect(throws: ServerFailure.self) { try RunningServer(scratch) }
    let config = try scratch.write("c.json", #"{"no-specs":true,"allow":["rules.example"]}"#)
    for environment in [
      ["CASCADE_NO_SPECS": "1", "CASCADE_ALLOW": "other.example, rules.example"], ["CASCADE_CONFIG": config],
    ] {
      let server = try RunningServer(scratch, environment: environment)
      let answer = try server.curl(["-H", "Host: rules.example", "http://\(server.api)/health/live"])
      #expect(answer["status"] == "live", "\(answer.text)")
      #expect(server.stop() == 0)
    }
    #expect(throws: ServerFailure.self) {
      try RunningServer(
        scratch, environment: ["CASCADE_CONFIG": config, "CASCADE_NO_SPECS": "no", "CASCADE_STRICT": "1"])
    }
  }
}
