import Core
import Decisions
import Rulebook
import Testing

/// A client of the debugger that asks and looks at what comes.
struct DebugClient {
  private(set) var adapter: DebugAdapter
  private var sequence: Int64 = 0
  /// The messages that came last.
  private(set) var messages: [JSON] = []

  /// The lines of ``source`` that tests stop at.
  enum Line {
    static let double = 4, limit = 7, balance = 8, loop = 10, total = 12, refusal = 7
  }

  static let policy = "return {\n  most = 80,\n  factor = 3,\n}\n"
  static let source = """
    local policy = require "policies.probe"

    local function double(x)
      return x * 2
    end
    local function decide(input, host)
      if input.value > policy.most then return nil, { code = "too_much", message = "too much" } end
      local balance = host.ledger.balance("pool:one")
      local total = double(input.value)
      for i = 1, 3 do
        local part = i * policy.factor
        total = total + part
      end
      return { total = total, held = balance.minor, name = input.citizen.name }
    end
    return {
      name = "probe", version = "1.0.0",
      decisions = {
        ["probe.run"] = {
          summary = "Counts.", uses = { "ledger.balance" },
          input = { value = "integer", citizen = { record = { name = "string" } } },
          output = { total = "integer", held = "integer", name = "string" },
          decide = decide,
        },
      },
    }

    """

  /// A client of a recorded decision on a value.
  init(value: Int = 5) throws {
    let rulebook = try RecordedWorld.load(["policies/probe.lua": Self.policy, "plugins/probe/plugin.lua": Self.source])
    let world = try RecordedWorld(rulebook)
    world.balances = ["pool:one": #"{"asset":"DUC/2","minor":11}"#]
    let record = try world.decide("probe.run", #"{"value":\#(value),"citizen":{"name":"anna"}}"#)
    adapter = DebugAdapter(try DebugRun(RecordedQuestion(record), by: rulebook, isRecorded: true))
  }

  init(_ record: RecordedDecision, by rulebook: CheckedRulebook, holds: [Identifier: HeldMoney] = [:]) throws {
    adapter = DebugAdapter(try DebugRun(RecordedQuestion(record, holds: holds), by: rulebook, isRecorded: true))
  }

  /// Asks, and gives the body of the answer; null when it is refused.
  @discardableResult
  mutating func ask(_ command: String, _ arguments: JSON = [:]) -> JSON {
    sequence += 1
    messages = adapter.answer([
      "seq": .integer(sequence), "type": "request", "command": .string(command), "arguments": arguments,
    ])
    let response = messages.first
    return response?["success"] == true ? response?["body"] ?? [:] : .null
  }

  /// Begins a session that stops at the first line.
  mutating func begin() {
    ask("initialize")
    ask("launch")
    ask("configurationDone")
  }

  /// Moves, and gives why the run stops then, with its line: `step 8`; `end` at the end.
  @discardableResult
  mutating func go(_ command: String) -> String {
    ask(command)
    guard let stopped = messages.first(where: { $0["event"] == "stopped" })?["body"] else {
      return messages.contains { $0["event"] == "terminated" } ? "end" : "nothing"
    }
    let frame = top
    return "\(stopped["reason"]?.string ?? "") \(frame["name"]?.string ?? ""):\(frame["line"]?.integer ?? 0)"
  }

  /// The frame that is innermost here.
  var top: JSON {
    mutating get { frames.first ?? .null }
  }

  /// The frames, the innermost first.
  var frames: [JSON] {
    mutating get { ask("stackTrace", ["threadId": 1])["stackFrames"]?.array ?? [] }
  }

  /// The error of the last request.
  var problem: String { messages.first?["message"]?.string ?? "" }

  /// The variables of a scope of a frame as `name = value`.
  mutating func variables(_ scope: String, frame: Int64? = nil) -> [String] {
    let id = frame ?? top["id"]?.integer ?? 2
    let scopes = ask("scopes", ["frameId": .integer(id)])["scopes"]?.array ?? []
    let reference = scopes.first { $0["name"] == .string(scope) }?["variablesReference"] ?? 0
    return children(reference).map { "\($0["name"]?.string ?? "") = \($0["value"]?.string ?? "")" }
  }

  /// What a reference stands for.
  mutating func children(_ reference: JSON) -> [JSON] {
    ask("variables", ["variablesReference": reference])["variables"]?.array ?? []
  }

  /// Changes a variable of a scope of the innermost frame.
  @discardableResult
  mutating func set(_ name: String, to value: String, in scope: String) -> JSON {
    let scopes = ask("scopes", ["frameId": top["id"] ?? 2])["scopes"]?.array ?? []
    let reference = scopes.first { $0["name"] == .string(scope) }?["variablesReference"] ?? 0
    return ask("setVariable", ["variablesReference": reference, "name": .string(name), "value": .string(value)])
  }

  /// What an expression comes to in the innermost frame; why not when it is refused.
  mutating func evaluate(_ expression: String) -> String {
    let frame = top["id"] ?? 2
    let body = ask("evaluate", ["expression": .string(expression), "frameId": frame])
    return body["result"]?.string ?? problem
  }

  /// Sets breakpoints in the plugin.
  @discardableResult
  mutating func stop(at breakpoints: JSON, in file: String = "/home/anna/rules/plugins/probe/plugin.lua") -> [JSON] {
    ask("setBreakpoints", ["source": ["path": .string(file)], "breakpoints": breakpoints])["breakpoints"]?.array ?? []
  }

  /// What was said to the console by the last request.
  var said: [String] {
    messages.filter { $0["event"] == "output" }.compactMap { $0["body"]?["output"]?.string }
  }
}
