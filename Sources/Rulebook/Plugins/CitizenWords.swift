package import Core
internal import LuaRuntime

extension CheckedRulebook {
  /// What a plugin's own `explain` says of one run to a citizen: it is given the input, the result (nil for a refusal)
  /// and why it came out so. Nil when the plugin offers none. Runs on a machine of its own, without a host, within the
  /// limits of a decision, and changes nothing. Throws why nothing was said. O(bytecode) beside the run.
  package func words(
    of decision: DecisionDefinition, input: JSON, result: JSON?, why: JSON
  ) throws(LuaFailure) -> String? {
    var hits: RunHits?
    return try words(of: decision, input: input, result: result, why: why, counting: &hits)
  }

  /// The same; what ran is added to `hits`, when there are some.
  func words(
    of decision: DecisionDefinition, input: JSON, result: JSON?, why: JSON, counting hits: inout RunHits?
  ) throws(LuaFailure) -> String? {
    guard decision.hasWords else { return nil }
    let rules = rules
    let machine = try MachineAssembly.machine(rules, countsLines: hits != nil, isPatient: true)
    try MachineAssembly.loadEverything(into: machine, rules)
    let compiler = try VirtualMachine(VirtualMachine.Configuration())
    let bytecode = try compiler.compile(
      path: CitizenWords.module, source: CitizenWords.source(of: decision), deadline: RulebookLimits.patience)
    try machine.addModule(
      scope: decision.plugin, name: CitizenWords.module, path: CitizenWords.module, bytecode: bytecode)
    try machine.loadModule(scope: decision.plugin, name: CitizenWords.module)
    let number = try machine.bind(CitizenWords.binding(of: decision))
    try machine.seal()
    var given = JSON.Object([("input", input), ("why", why)])
    given["result"] = result
    let request = RunRequest(
      decision: number, nowMilliseconds: 0, id: DecisionRunner.usualID, limits: RunLimits().untimed)
    let outcome = JSON.object(given).bytes.withUnsafeBytes { machine.decide(request, input: $0, handler: nil) }
    if let earlier = hits { hits = earlier + RunHits(machine) }
    switch outcome.ending {
    case .failure(let failure): throw failure
    case .fetch: throw LuaFailure(code: .forbidden, message: "an explanation asks the host for nothing")
    case .result(let bytes):
      guard let said = (try? JSON(parsing: Array(bytes)))?["words"]?.string else {
        throw LuaFailure(code: .invalidOutput, message: "'explain' must return a text")
      }
      return said
    }
  }
}

/// How a plugin's `explain` is called: as a decision that only the machine made for it knows.
private enum CitizenWords {
  static let module = "cascade.words"

  /// The module that binds the decision's own function, or else the plugin's.
  static func source(of decision: DecisionDefinition) -> [UInt8] {
    Array(
      """
      local plugin = require "plugin"
      local explain = plugin.decisions[\(AnnotationText.quoted(decision.name))].explain or plugin.explain
      return { decisions = { words = { decide = function(given)
        return { words = explain(given.input, given.result, given.why) }
      end } } }
      """.utf8)
  }

  static func binding(of decision: DecisionDefinition) -> DecisionBinding {
    var result = FieldSchema(.record(decision.output))
    result.isOptional = true
    var words = decision
    words.name = "words"
    words.uses = []
    words.input = RecordSchema([
      "input": FieldSchema(.record(decision.input)), "result": result, "why": FieldSchema(.any),
    ])
    words.output = RecordSchema(["words": FieldSchema(.string)])
    var binding = words.binding
    binding.module = module
    return binding
  }
}
