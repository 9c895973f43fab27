internal import Core
internal import LuaRuntime
internal import Testing

/// What one decision of a test came to.
struct Answer {
  /// The result as JSON text; empty when there is none.
  var result = ""
  var failure: LuaFailure?
  var isFetch = false
  var cost: RunCost
  var isSpent: Bool

  /// `ok`, `fetch` or the failure's code.
  var code: String {
    if isFetch { return "fetch" }
    return failure?.code.rawValue ?? "ok"
  }

  /// The failure's message, empty when there is none.
  var message: String { failure?.message ?? "" }
}

/// Rules given as Lua text: one plugin `rules` with the decision `rule.decide`.
struct Rules {
  /// What stands above the decision in the plugin's file.
  var top = ""
  /// The body of `decide(input, host)`.
  var body: String
  /// Other modules by name: those of everyone begin with `policies.`, the others are the plugin's own.
  var modules: [String: String] = [:]
  /// The host calls the machine knows, and those of them the decision declares.
  var hostCalls: [String] = []
  var uses: [Int] = []
  var countsLines = false
  var memory = 32 << 20

  init(_ body: String) { self.body = body }

  static let path = "plugins/rules/plugin.lua"

  /// The plugin's file.
  var source: String {
    "\(top)\nreturn { decisions = { [\"rule.decide\"] = { decide = function(input, host)\n\(body)\nend } } }\n"
  }

  /// A fresh machine over the rules.
  func machine() throws(LuaFailure) -> RuleMachine {
    let configuration = VirtualMachine.Configuration(memory: memory, hostCalls: hostCalls, countsLines: countsLines)
    return try RuleMachine(VirtualMachine(configuration), self)
  }

  /// The first decision on a fresh machine.
  func decide(_ input: String = "{}", limits: RunLimits = .patient) throws(LuaFailure) -> Answer {
    try machine().decide(input, limits: limits)
  }
}

extension RunLimits {
  /// A decision's fuel, and more time than a busy computer takes for it.
  static let patient = RunLimits(deadline: .seconds(20))
}

/// A machine with one decision bound.
final class RuleMachine {
  let machine: VirtualMachine
  let decision: Int
  /// The plugin's code.
  let bytecode: Bytecode

  init(_ machine: VirtualMachine, _ rules: Rules) throws(LuaFailure) {
    self.machine = machine
    for (name, text) in rules.modules.sorted(by: { $0.key < $1.key }) {
      let scope = name.hasPrefix("policies.") ? "" : "rules"
      let path = scope.isEmpty ? "policies/\(name.dropFirst(9)).lua" : "plugins/rules/\(name).lua"
      let code = try machine.compile(path: path, source: Array(text.utf8), deadline: .seconds(20))
      try machine.addModule(scope: scope, name: name, path: path, bytecode: code)
    }
    bytecode = try machine.compile(path: Rules.path, source: Array(rules.source.utf8), deadline: .seconds(20))
    try machine.addModule(scope: "rules", name: "plugin", path: Rules.path, bytecode: bytecode)
    try machine.loadModule(scope: "rules", name: "plugin")
    // Input and output are whatever they are: a list of nodes with `any` alone takes all values.
    let nodes = [
      SchemaNode(kind: .record, children: 1..<2), SchemaNode(kind: .any, name: "x", isOptional: true),
      SchemaNode(kind: .any),
    ]
    decision = try machine.bind(
      DecisionBinding(
        scope: "rules", module: "plugin", name: "rule.decide", nodes: nodes, input: 0, output: 2,
        hostCalls: rules.uses))
    try machine.seal()
  }

  /// One decision on JSON text.
  func decide(
    _ input: String = "{}", limits: RunLimits = .patient, now: Int64? = 0, handler: (any HostCallHandler)? = nil
  ) -> Answer { decide(Array(input.utf8), limits: limits, now: now, handler: handler) }

  /// The same on bytes that may be no text.
  func decide(
    _ bytes: [UInt8], limits: RunLimits = .patient, now: Int64? = 0, handler: (any HostCallHandler)? = nil
  ) -> Answer {
    let id = Identifier(high: 0x018B_CFE5_6800_7000, low: 0x8000_0000_0000_000A)
    let request = RunRequest(decision: decision, nowMilliseconds: now, id: id, limits: limits)
    let outcome = unsafe bytes.withUnsafeBytes { unsafe machine.decide(request, input: $0, handler: handler) }
    var answer = Answer(cost: outcome.cost, isSpent: outcome.isSpent)
    switch outcome.ending {
    case .result(let json): answer.result = unsafe String(decoding: json, as: UTF8.self)
    case .failure(let failure): answer.failure = failure
    case .fetch: answer.isFetch = true
    }
    return answer
  }
}
