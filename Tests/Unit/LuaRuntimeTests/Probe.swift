internal import Core
internal import LuaRuntime
internal import Testing

/// A field of a probe's schema.
struct Field {
  var kind: SchemaNode.Kind
  var children: [(name: String, field: Field)] = []
  var isOptional = false
  var minimum: Double?
  var maximum: Double?
  var defaultJSON: String?
  var least: Int64?
  var most: Int64?
  var text: String?

  init(_ kind: SchemaNode.Kind, _ children: [(name: String, field: Field)] = []) {
    self.kind = kind
    self.children = children
  }

  static let any = Field(.any)
  static let string = Field(.string)
  static let integer = Field(.integer)
  static let number = Field(.number)
  static let boolean = Field(.boolean)
  static let amount = Field(.amount)
  static let account = Field(.account)

  static let decimal = Field(.decimal)
  static let date = Field(.date)
  static let timestamp = Field(.timestamp)

  static func map(_ element: Field) -> Field { Field(.map, [("", element)]) }
  static func numbers(_ values: Double...) -> Field {
    Field(.numbers, values.map { ("", Field.number.within($0, nil)) })
  }
  static func anyOf(_ forms: Field...) -> Field { Field(.anyOf, forms.map { ("", $0) }) }
  static func list(_ element: Field) -> Field { Field(.list, [("", element)]) }
  static func options(_ names: String...) -> Field { Field(.options, names.map { ($0, .any) }) }
  static func record(_ fields: [String: Field]) -> Field {
    Field(
      .record,
      fields.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        .map { ($0.key, $0.value) })
  }

  var optional: Field { with { $0.isOptional = true } }
  func or(_ json: String) -> Field { with { $0.defaultJSON = json } }
  func within(_ minimum: Double?, _ maximum: Double?) -> Field {
    with { ($0.minimum, $0.maximum) = (minimum, maximum) }
  }

  func from(_ least: Int64?, to most: Int64? = nil, as text: String? = nil) -> Field {
    with { ($0.least, $0.most, $0.text) = (least, most, text) }
  }

  private func with(_ change: (inout Field) -> Void) -> Field {
    var copy = self
    change(&copy)
    return copy
  }

  /// Adds this field's node and those below it; gives its place.
  @discardableResult
  func add(to nodes: inout [SchemaNode], name: String = "") -> Int {
    nodes.append(SchemaNode(kind: kind))
    let place = nodes.count - 1
    fill(place, in: &nodes, name: name)
    return place
  }

  private func fill(_ place: Int, in nodes: inout [SchemaNode], name: String) {
    let places = children.isEmpty ? 0..<0 : nodes.count..<(nodes.count + children.count)
    nodes[place] = SchemaNode(
      kind: kind, name: name, isOptional: isOptional, minimum: minimum, maximum: maximum, least: least, most: most,
      text: text, defaultJSON: defaultJSON, children: places)
    nodes += children.map { SchemaNode(kind: $0.field.kind) }
    for (place, child) in zip(places, children) { child.field.fill(place, in: &nodes, name: child.name) }
  }
}

/// How a probe's run ended, as text: the result's JSON, `code: message`, or `fetch`.
struct Ended: CustomStringConvertible {
  var description: String
  var outcome: Outcome
}

/// Answers host calls as a closure says, and keeps what was asked.
final class ScriptedHost: HostCallHandler {
  private(set) var asked: [String] = []
  let script: (Int) -> HostAnswer

  init(_ script: @escaping (Int) -> HostAnswer) { self.script = script }

  convenience init(json: String) { self.init { _ in .value(Array(json.utf8)) } }

  func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    asked.append(String(decoding: arguments, as: UTF8.self))
    return script(call)
  }
}

/// One decision, named `probe`, on a machine of its own.
final class Probe {
  static let id = Identifier(high: 0x018B_CFE5_6800_7000, low: 0x8000_0000_0000_000A)

  let machine: VirtualMachine
  let decision: Int

  /// A decision whose function is `body`, over `input` and `host`.
  init(
    _ body: String, input: [String: Field] = [:], output: [String: Field] = [:], calls: [String] = [],
    uses: [Int] = [], before: String = ""
  ) throws(LuaFailure) {
    machine = try VirtualMachine(VirtualMachine.Configuration(hostCalls: calls))
    let source = "\(before) return { decisions = { probe = { decide = function(input, host) \(body) end } } }"
    let bytecode = try machine.compile(path: "plugins/probe/plugin.lua", source: Array(source.utf8))
    try machine.addModule(scope: "probe", name: "plugin", path: "plugins/probe/plugin.lua", bytecode: bytecode)
    try machine.loadModule(scope: "probe", name: "plugin")
    var nodes: [SchemaNode] = []
    let inputPlace = Field.record(input).add(to: &nodes)
    let outputPlace = Field.record(output).add(to: &nodes)
    decision = try machine.bind(
      DecisionBinding(
        scope: "probe", module: "plugin", name: "probe", nodes: nodes, input: inputPlace, output: outputPlace,
        hostCalls: uses))
    try machine.seal()
  }

  /// A decision that gives back its input's field `x`, of one type on both sides.
  static func echo(_ field: Field) throws(LuaFailure) -> Probe {
    try Probe("return { x = input.x }", input: ["x": field], output: ["x": field])
  }

  /// A decision that takes `x` and says what it got as text.
  static func taking(_ field: Field, _ expression: String = "tostring(input.x)") throws(LuaFailure) -> Probe {
    try Probe("return { x = \(expression) }", input: ["x": field], output: ["x": .string])
  }

  /// A decision that gives `expression` as `x`.
  static func giving(_ field: Field, _ expression: String) throws(LuaFailure) -> Probe {
    try Probe("return { x = \(expression) }", output: ["x": field])
  }

  /// Runs the decision on JSON bytes.
  func run(
    bytes: [UInt8], enveloped: Bool = false, now: Int64? = 0, id: Identifier = Probe.id,
    host: (any HostCallHandler)? = nil
  ) -> Ended {
    let request = RunRequest(
      decision: decision, isEnveloped: enveloped, nowMilliseconds: now, id: id,
      limits: RunLimits(deadline: .seconds(10)))
    let outcome = unsafe bytes.withUnsafeBytes { unsafe machine.decide(request, input: $0, handler: host) }
    return Ended(description: text(outcome), outcome: outcome)
  }

  /// Runs the decision on JSON text.
  func run(
    _ json: String = "{}", enveloped: Bool = false, now: Int64? = 0, id: Identifier = Probe.id,
    host: (any HostCallHandler)? = nil
  ) -> Ended {
    run(bytes: Array(json.utf8), enveloped: enveloped, now: now, id: id, host: host)
  }

  /// How the run on `json` ends, as text.
  func told(_ json: String = "{}") -> String { run(json).description }

  private func text(_ outcome: Outcome) -> String {
    switch outcome.ending {
    case .result(let bytes): return unsafe String(decoding: bytes, as: UTF8.self)
    case .fetch: return "fetch"
    case .failure(let failure):
      // The message begins with the decision's place and name, which are the same everywhere here.
      let parts = failure.message.split(separator: "probe: ", maxSplits: 1)
      return "\(failure.code.rawValue): \(parts.last ?? "")"
    }
  }
}

/// Reads results back by the project's own parser, which knows nothing of the bridge.
enum JSONText {
  /// The text of one member of a result.
  static func member(_ name: String, of ended: Ended) throws -> String {
    let json = try #require(try? JSON(parsing: ended.description), "\(ended)")
    return try #require(json[name]?.string, "\(ended)")
  }
}
