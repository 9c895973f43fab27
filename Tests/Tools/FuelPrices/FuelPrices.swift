internal import Core
internal import Foundation
internal import LuaRuntime
internal import TestSupport

/// Measures what a unit of fuel of every operation takes, against that of plain instructions: fuel is the one
/// limit that is the same on every machine, so it has to mean time.
///
/// `FuelPrices [ceiling [name]]`: with a ceiling it fails when an operation takes more than so many times the mean
/// of the plain ones, or when all of a decision's fuel takes a fifth of its deadline, spent on plain instructions, or
/// all of it, spent on the dearest: fuel is what a rule meets, and the clock a safety net.
@main
enum FuelPrices {
  static func main() throws {
    let ceiling = CommandLine.arguments.dropFirst().first.flatMap(Double.init)
    let filter = CommandLine.arguments.dropFirst(2).first
    let plain = try Operation.plain.map { try nanoseconds($0) }
    let unit = plain.reduce(0, +) / Double(plain.count)
    print("plain instructions: \(rounded(unit)) ns a fuel\n")
    var dear: [String] = []
    var dearest = unit
    for (group, operations) in Operation.all {
      print(group)
      for operation in operations where filter.map({ operation.name.contains($0) }) ?? true {
        guard let price = try? nanoseconds(operation) else {
          dear.append(operation.name)
          print("  \(operation.name) fails")
          continue
        }
        let ratio = price / unit
        let name = operation.name.padded(to: 32)
        print("  \(name)\(rounded(price).padded(to: 10)) ns a fuel, \(rounded(ratio)) times")
        dearest = max(dearest, price)
        if let ceiling, ratio > ceiling { dear.append(operation.name) }
      }
    }
    print("")
    if !dear.isEmpty { print("too dear for their fuel: \(dear.joined(separator: ", "))") }
    let areInTime = [RunLimits(), effectLimits].map { isInTime($0, unit, dearest) }.allSatisfy(\.self)
    if ceiling != nil, !dear.isEmpty || !areInTime { exit(1) }
  }

  /// The limits of a decision with effects, `EffectLimits.run`.
  private static let effectLimits = RunLimits(fuel: 100_000_000, deadline: .seconds(5))

  /// Whether all fuel is spent well before the deadline, at these prices of plain instructions and of the dearest.
  private static func isInTime(_ limits: RunLimits, _ plain: Double, _ dearest: Double) -> Bool {
    let spent = [plain, dearest].map { Duration.nanoseconds($0 * Double(limits.fuel)) }
    let isInTime = spent[0] < limits.deadline / 5 && spent[1] < limits.deadline
    let shown = spent.map { rounded($0 / .milliseconds(1)) }
    print(
      "\(limits.fuel) fuel take \(shown[0]) ms of plain instructions, \(shown[1]) ms of the dearest; the deadline is "
        + "\(rounded(limits.deadline / .milliseconds(1))) ms" + (isInTime ? "" : ", TOO SHORT"))
    return isInTime
  }

  /// The least processor time a unit of fuel, in nanoseconds, of several rounds of some milliseconds.
  static func nanoseconds(_ operation: Operation) throws -> Double {
    var count = 16
    // An input has a limit.
    let most = operation.items == nil ? Int.max : 4096
    while try count < most && run(operation, count).nanoseconds < 2_000_000 { count *= 2 }
    return try (0..<8).map { _ in
      let cost = try run(operation, count)
      return Double(cost.nanoseconds) / Double(cost.fuel)
    }.min() ?? .infinity
  }

  private static func run(_ operation: Operation, _ count: Int) throws -> RunCost {
    let machine = try VirtualMachine(VirtualMachine.Configuration(memory: 256 << 20))
    let source = """
      \(operation.top)
      return { decisions = { probe = { decide = function(input, host)
        \(operation.before)
        for i = 1, \(operation.items == nil ? count : 0) do \(operation.body) end
        return \(operation.result)
      end } } }
      """
    let path = "plugins/probe/plugin.lua"
    let bytecode = try machine.compile(path: path, source: Array(source.utf8))
    try machine.addModule(scope: "probe", name: "plugin", path: path, bytecode: bytecode)
    try machine.loadModule(scope: "probe", name: "plugin")
    let nodes = [
      SchemaNode(kind: .record, children: 1..<2), SchemaNode(kind: .any, name: "x", isOptional: true),
      SchemaNode(kind: .any),
    ]
    let decision = try machine.bind(
      DecisionBinding(
        scope: "probe", module: "plugin", name: "probe", nodes: nodes, input: 0, output: 2, hostCalls: []))
    try machine.seal()
    let request = RunRequest(
      decision: decision, nowMilliseconds: 0, id: Identifier(high: 0x018B_CFE5_6800_7000, low: 0x8000_0000_0000_000A),
      limits: RunLimits(fuel: 1 << 40, deadline: .seconds(60)))
    let input = Array((operation.items?.input(count) ?? "{}").utf8)
    let began = processorTime()
    let outcome = unsafe input.withUnsafeBytes { unsafe machine.decide(request, input: $0, handler: nil) }
    if case .failure(let failure) = outcome.ending { throw failure }
    return RunCost(fuel: outcome.cost.fuel, nanoseconds: UInt64((processorTime() - began) / .nanoseconds(1)))
  }

  private static func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

extension String {
  fileprivate func padded(to length: Int) -> String {
    self + String(repeating: " ", count: max(0, length - count))
  }
}
