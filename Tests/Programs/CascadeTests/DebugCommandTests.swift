import Core
import Foundation
import Glibc
import TestSupport
import Testing

/// A debugger's client that asks the program by a script; what was said is a snapshot. `CASCADE_RECORD=1` writes it
/// anew, never in CI.
struct DebugCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("policies/price.lua", "return {\n  rate = 3,\n  most = 100,\n}\n")
    try scratch.write("plugins/shop/plugin.lua", Self.plugin)
    try scratch.write("input.json", #"{"citizen":{"name":"anna"},"pieces":4}"#)
    try scratch.write("fakes.json", #"{"ledger":{"balances":{"citizen:anna":{"asset":"DUC/2","minor":900}}}}"#)
  }

  private static let plugin = """
    local price = require "policies.price"

    local function cost(pieces)
      local each = price.rate
      return each * pieces
    end

    return {
      name = "shop", version = "1.0.0",
      decisions = {
        ["shop.buy"] = {
          summary = "What pieces cost.", uses = { "ledger.balance" },
          input = { pieces = "integer", citizen = { record = { name = "string" } } }, output = { cost = "integer" },
          decide = function(input, host)
            local held = host.ledger.balance("citizen:" .. input.citizen.name)
            local total = cost(input.pieces)
            if total > held.minor then
              return nil, { code = "too_dear", message = "too dear" }
            end
            return { cost = total }
          end,
        },
      },
    }

    """

  private static let file: JSON = ["path": "/somewhere/plugins/shop/plugin.lua"]

  /// Numbers requests and puts them into the protocol's form.
  private static func script(_ requests: [(String, JSON)]) -> String {
    requests.enumerated().map { number, request in
      let body = JSON.object(
        JSON.Object([
          ("seq", .integer(Int64(number + 1))), ("type", "request"), ("command", .string(request.0)),
          ("arguments", request.1),
        ])
      ).text
      return "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }.joined()
  }

  /// The messages in what the program wrote.
  private static func messages(_ text: String) throws -> [JSON] {
    var rest = Array(text.utf8)[...]
    var messages: [JSON] = []
    while let end = rest.firstIndex(of: 0x0A) {
      let head = String(decoding: rest[..<end], as: UTF8.self)
      let count = try #require(Int(head.filter(\.isNumber)))
      let start = end + 3
      messages.append(try JSON(parsing: Array(rest[start..<(start + count)])))
      rest = rest[(start + count)...]
    }
    return messages
  }

  /// Asks by a script and holds everything that was said against a snapshot.
  private func transcript(_ name: String, _ requests: [(String, JSON)], arguments: [String] = []) throws -> [JSON] {
    let ending = try Program.run(
      [
        "debug", "shop.buy", "-i", scratch.url.appending(path: "input.json").path(), "--fakes",
        scratch.url.appending(path: "fakes.json").path(), "--rulebook", scratch.url.path(),
      ] + arguments, input: Self.script(requests))
    #expect(ending.code == 0, "\(ending.error)")
    let messages = try Self.messages(ending.out)
    var lines = ""
    for message in messages {
      if let number = message["request_seq"]?.integer {
        let request = requests[Int(number) - 1]
        lines += "> \(request.0) \(request.1.text)\n"
      }
      var shown = message.object ?? JSON.Object()
      for name in ["seq", "request_seq", "type"] { shown[name] = nil }
      lines += "< \(JSON.object(shown).text)\n"
    }
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots/\(name).txt")
    let environment = ProcessInfo.processInfo.environment
    if environment["CASCADE_RECORD"] == "1" && environment["CI"] == nil { try Data(lines.utf8).write(to: file) }
    #expect(lines == (try String(contentsOf: file, encoding: .utf8)))
    return messages
  }

  private static func stops(_ messages: [JSON]) -> [String] {
    messages.filter { $0["event"] == "stopped" }.compactMap { $0["body"]?["reason"]?.string }
  }

  @Test func `a client steps in, over and out, looks around, and goes on to the end`() throws {
    let messages = try transcript(
      "debug-steps",
      [
        ("initialize", ["adapterID": "cascade"]), ("launch", [:]),
        ("setBreakpoints", ["source": Self.file, "breakpoints": [["line": 5, "condition": "pieces == 4"]]]),
        ("configurationDone", [:]), ("threads", [:]), ("stackTrace", ["threadId": 1]), ("next", ["threadId": 1]),
        ("scopes", ["frameId": 2]), ("variables", ["variablesReference": 1]), ("stepIn", ["threadId": 1]),
        ("stackTrace", ["threadId": 1]), ("evaluate", ["expression": "pieces * price.rate", "frameId": 2]),
        ("continue", ["threadId": 1]), ("stepOut", ["threadId": 1]),
        ("evaluate", ["expression": "total > held.minor", "frameId": 2]), ("continue", ["threadId": 1]),
        ("disconnect", [:]),
      ])
    #expect(Self.stops(messages) == ["entry", "step", "step", "breakpoint", "step"])
  }

  @Test func `a client goes back, to the host call before and to the beginning`() throws {
    let messages = try transcript(
      "debug-back",
      [
        ("initialize", ["adapterID": "cascade"]), ("launch", ["stopOnEntry": false]),
        (
          "setBreakpoints",
          ["source": Self.file, "breakpoints": [["line": 20], ["line": 4, "logMessage": "{pieces} pieces"]]]
        ),
        ("setExceptionBreakpoints", ["filters": ["host"]]), ("configurationDone", [:]),
        ("stackTrace", ["threadId": 1]), ("scopes", ["frameId": 1]), ("variables", ["variablesReference": 1]),
        ("continue", ["threadId": 1]), ("stepBack", ["threadId": 1]), ("stackTrace", ["threadId": 1]),
        ("reverseContinue", ["threadId": 1]), ("stackTrace", ["threadId": 1]), ("reverseContinue", ["threadId": 1]),
        ("stepBack", ["threadId": 1]), ("source", ["sourceReference": 2]), ("loadedSources", [:]), ("dance", [:]),
        ("disconnect", [:]),
      ])
    #expect(Self.stops(messages) == ["exception", "breakpoint", "step", "exception", "entry", "entry"])
  }

  @Test func `an editor connects to a port, and steps back through a recorded decision`() throws {
    let host = try RunningServer(scratch, ["--no-specs"])
    let id = try #require(
      try host.decide("shop.buy", #"{"citizen":{"name":"anna"},"pieces":4}"#)["decision_id"]?.string)
    #expect(host.stop() == 0)
    let process = ChildProcess()
    process.executableURL = URL(filePath: Program.path)
    process.arguments = [
      "debug", id, "--data", scratch.url.appending(path: "data").path(), "--listen", "127.0.0.1:0",
    ]
    let said = Pipe()
    process.standardError = said
    try process.run()
    defer { if process.isRunning { process.terminate() } }
    let line = String(decoding: said.fileHandleForReading.availableData, as: UTF8.self)
    let port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ":").last ?? ""))
    let requests: [(String, JSON)] = [
      ("initialize", [:]), ("launch", [:]), ("configurationDone", [:]), ("next", [:]), ("stepBack", [:]),
      ("disconnect", [:]),
    ]
    let answer = try Self.talk(port, Self.script(requests))
    #expect(Self.stops(try Self.messages(answer)) == ["entry", "step", "step"])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  /// Sends a text to a port of this machine and reads what comes until it ends.
  private static func talk(_ port: Int, _ text: String) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr = in_addr(s_addr: in_addr_t(0x7F00_0001).bigEndian)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
    let bytes = Array(text.utf8)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(descriptor, &buffer, buffer.count), count > 0 { answer += buffer[..<count] }
    return String(decoding: answer, as: UTF8.self)
  }

  @Test func `what can't be debugged says why`() throws {
    let data = scratch.url.appending(path: "data").path()
    let input = scratch.url.appending(path: "input.json").path()
    for (arguments, code) in [
      (["nothing"], 64), (["018bcfe5-6800-7000-8000-00000000000c"], 1),
      (["shop.sell", "-i", input], 1), (["shop.buy", "-i", input + ".gone"], 1),
      (["shop.buy", "-i", input, "--listen", "0.0.0.0:0"], 64), (["shop.buy", "-i", input, "--listen", "here"], 64),
    ] as [([String], Int32)] {
      let rulebook = arguments.count > 1 ? ["--rulebook", scratch.url.path()] : []
      let ending = try Program.run(["debug"] + arguments + rulebook + ["--data", data])
      #expect(ending.code == code && !ending.error.isEmpty, "\(arguments): \(ending.code) \(ending.error)")
    }
    try scratch.write("input.json", #"{"pieces":"many","citizen":{"name":"anna"}}"#)
    let ending = try Program.run(["debug", "shop.buy", "-i", input, "--rulebook", scratch.url.path()])
    #expect(ending.code == 2 && ending.error.contains("no line of a rule is run"), "\(ending.error)")
  }
}
