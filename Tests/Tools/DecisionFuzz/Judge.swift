internal import Core
internal import Foundation
internal import LuaRuntime
internal import TestSupport

/// Runs rules and holds what they came to against the promises of the sandbox.
struct Judge {
  /// Of each decision. The fuel takes a fraction of the deadline, so that the clock ends only what is built to be slow.
  static let limits = RunLimits(fuel: 100_000, deadline: .milliseconds(200))
  static let memory = 4 << 20
  /// What a decision may take beyond its deadline, in processor time.
  static let grace = Duration.milliseconds(20)

  /// What one decision came to.
  struct Verdict: Equatable, Error {
    var code: String
    var text: String
    var fuel: UInt64

    var brief: String { "\(code), \(fuel) fuel: \(text.prefix(200))" }

    /// Ended by the clock or by memory: these two may differ from one time to the next.
    var isPhysical: Bool { ["deadline", "memory_exhausted"].contains(code.split(separator: ":").last) }
  }

  /// Runs the rule of this number three times on one machine, the last time behind another input, and once on
  /// another. Throws what is wrong; gives what it came to as `NUMBER CODE FUEL HASH`.
  func line(_ number: UInt64) throws -> String {
    let program = Program(number)
    let verdict: Verdict
    switch try load(program) {
    case .failure(let failure): verdict = failure
    case .success(let rule):
      verdict = try decide(rule, program, number)
      if !rule.isSpent { try compare(verdict, decide(rule, program, number), "a second time", number) }
      // What another input left behind would be seen, too.
      if !rule.isSpent { _ = rule.decide(program.otherInput) }
      if !rule.isSpent { try compare(verdict, decide(rule, program, number), "behind another input", number) }
    }
    switch try load(program) {
    case .failure(let failure): try compare(verdict, failure, "on another machine", number)
    case .success(let rule): try compare(verdict, decide(rule, program, number), "on another machine", number)
    }
    return "\(number) \(verdict.code) \(verdict.fuel) \(hash(verdict.text))"
  }

  /// A machine with the rule; or why it doesn't load, which the clock and memory may say at one time only.
  private func load(_ program: Program) throws -> Result<Rule, Verdict> {
    do {
      return .success(try Rule(program))
    } catch let failure as LuaFailure {
      return .failure(Verdict(code: "load:" + failure.code.rawValue, text: failure.message, fuel: 0))
    }
  }

  private func decide(_ rule: Rule, _ program: Program, _ number: UInt64) throws -> Verdict {
    let began = processorTime()
    let verdict = rule.decide(program.input)
    let took = processorTime() - began
    if took > Self.limits.deadline + Self.grace { throw Broken("\(number) took \(took) of the processor") }
    if rule.resident > Self.memory * 3 / 2 { throw Broken("\(number) holds \(rule.resident) bytes") }
    if verdict.code == "ok", verdict.fuel > Self.limits.fuel { throw Broken("\(number) went over its fuel") }
    return verdict
  }

  private func compare(_ one: Verdict, _ other: Verdict, _ when: String, _ number: UInt64) throws {
    if one == other || one.isPhysical || other.isPhysical { return }
    throw Broken("\(number) came out otherwise \(when): \(one.brief), \(other.brief)")
  }

  private func hash(_ text: String) -> String {
    let value = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return String(value, radix: 16)
  }
}

/// A promise that a rule broke.
struct Broken: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// A machine with one rule.
private final class Rule {
  private let machine: VirtualMachine
  private let decision: Int
  private(set) var isSpent = false

  init(_ program: Program) throws {
    machine = try VirtualMachine(VirtualMachine.Configuration(memory: Judge.memory))
    let path = "plugins/probe/plugin.lua"
    let bytecode = try machine.compile(path: path, source: Array(program.source.utf8))
    try machine.addModule(scope: "probe", name: "plugin", path: path, bytecode: bytecode)
    try machine.loadModule(scope: "probe", name: "plugin")
    let nodes = [
      SchemaNode(kind: .record, children: 1..<2), SchemaNode(kind: .any, name: "x", isOptional: true),
      SchemaNode(kind: .any),
    ]
    decision = try machine.bind(
      DecisionBinding(
        scope: "probe", module: "plugin", name: "probe", nodes: nodes, input: 0, output: 2, hostCalls: []))
    try machine.seal()
  }

  var resident: Int { machine.residentMemory }

  func decide(_ input: String) -> Judge.Verdict {
    let request = RunRequest(
      decision: decision, nowMilliseconds: 0, id: Identifier(high: 0x018B_CFE5_6800_7000, low: 0x8000_0000_0000_000A),
      limits: Judge.limits)
    let bytes = Array(input.utf8)
    let outcome = unsafe bytes.withUnsafeBytes { unsafe machine.decide(request, input: $0, handler: nil) }
    isSpent = outcome.isSpent
    switch outcome.ending {
    case .result(let json):
      let text = unsafe String(decoding: json, as: UTF8.self)
      return Judge.Verdict(code: "ok", text: text, fuel: outcome.cost.fuel)
    case .failure(let failure):
      return Judge.Verdict(code: failure.code.rawValue, text: failure.message, fuel: outcome.cost.fuel)
    case .fetch: return Judge.Verdict(code: "fetch", text: "", fuel: outcome.cost.fuel)
    }
  }
}
