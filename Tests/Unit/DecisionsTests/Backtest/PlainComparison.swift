import Core
import Decisions
import Ledger
import LuaRuntime
import Rulebook
import Testing

/// What a report must say, found the slow way: every record is run on a machine of its own, and everything is counted
/// one by one in lists.
struct PlainComparison {
  struct Transfer: Equatable {
    var from: String
    var to: String
    var minor: Int64
    var reference: String
  }

  enum End: Equatable {
    case answer(JSON)
    case refusal(String, String)
    case error(String, String)
    case unknown
    case noDecision
  }

  struct Run {
    var end: End
    var transfers: [Transfer]
    var fuel: UInt64
  }

  var classes: [String: [String: Int]] = [:]
  var flips: [String: Int] = [:]
  var sums: [String: (Double, Double)] = [:]
  var money: [String: (Int64, Int64)] = [:]
  var subjects: [String] = []
  var fuelBefore: [String: [UInt64]] = [:]
  var fuelAfter: [String: [UInt64]] = [:]

  init(_ records: [RecordedDecision], baseline: CheckedRulebook, candidate: CheckedRulebook) throws {
    for record in records {
      let before = try Self.run(record, baseline)
      let after = try Self.run(record, candidate)
      let name = Self.name(before, after)
      classes[record.point, default: [:]][name, default: 0] += 1
      if after.end == .unknown || after.end == .noDecision { count(record, name); continue }
      fuelBefore[record.point, default: []].append(before.fuel)
      fuelAfter[record.point, default: []].append(after.fuel)
      for transfer in before.transfers { money[Self.flow(transfer), default: (0, 0)].0 += transfer.minor }
      for transfer in after.transfers { money[Self.flow(transfer), default: (0, 0)].1 += transfer.minor }
      count(record, name)
      if case .answer(let old) = before.end, case .answer(let new) = after.end, name != "same", name != "cost_only" {
        compare(Self.leaves(old, ""), Self.leaves(new, ""), record.point)
      }
    }
  }

  private mutating func count(_ record: RecordedDecision, _ name: String) {
    if ["same", "cost_only", "unknown"].contains(name) { return }
    let subject = record.input["citizen"]?.string ?? ""
    if !subjects.contains(subject) { subjects.append(subject) }
  }

  private mutating func compare(_ old: [(String, JSON)], _ new: [(String, JSON)], _ point: String) {
    let paths = old.map(\.0) + new.map(\.0).filter { path in !old.contains { $0.0 == path } }
    for path in paths {
      let before = old.first { $0.0 == path }?.1
      let after = new.first { $0.0 == path }?.1
      if before == after { continue }
      flips["\(point) \(path)", default: 0] += 1
      sums["\(point) \(path)", default: (0, 0)].0 += before?.number ?? 0
      sums["\(point) \(path)", default: (0, 0)].1 += after?.number ?? 0
    }
  }

  private static func leaves(_ json: JSON, _ path: String) -> [(String, JSON)] {
    guard let object = json.object else { return [(path, json)] }
    return object.members.flatMap { leaves($0.value, "\(path)/\($0.name)") }
  }

  private static func flow(_ transfer: Transfer) -> String {
    func kind(_ account: String) -> String {
      account.contains(":") ? account.prefix { $0 != ":" } + ":*" : account
    }
    return "\(kind(transfer.from)) > \(kind(transfer.to))"
  }

  /// The rules of the page, as they stand there.
  private static func name(_ before: Run, _ after: Run) -> String {
    if after.end == .unknown { return "unknown" }
    if after.end == .noDecision { return "schema_gone" }
    if case .error("invalid_input", _) = after.end {
      if case .error("invalid_input", _) = before.end { return before.fuel == after.fuel ? "same" : "cost_only" }
      return "schema_gone"
    }
    switch (before.end, after.end) {
    case (.error(let code, let text), .error(let newCode, let newText)):
      if code != newCode || text != newText { return "reason_changed" }
    case (_, .error): return "now_fails"
    case (.error, _): return "no_longer_fails"
    case (.refusal, .answer): return "loosened"
    case (.answer, .refusal): return "tightened"
    case (.refusal, .refusal): if before.end != after.end { return "reason_changed" }
    default:
      if before.end != after.end { return "changed" }
      if before.transfers != after.transfers { return "effects_changed" }
    }
    return before.fuel == after.fuel ? "same" : "cost_only"
  }

  private static func run(_ record: RecordedDecision, _ rulebook: CheckedRulebook) throws -> Run {
    guard let number = rulebook.number(of: record.point) else {
      return Run(end: .noDecision, transfers: [], fuel: 0)
    }
    let machine = try rulebook.makeMachine()
    let host = PlainHost(record)
    let request = RunRequest(
      decision: number, nowMilliseconds: record.timeMilliseconds, id: record.id,
      limits: RunLimits(fuel: 100_000_000, deadline: .seconds(60)))
    let outcome = record.input.bytes.withUnsafeBytes { machine.decide(request, input: $0, handler: host) }
    let fuel = outcome.cost.fuel
    switch outcome.ending {
    case .fetch: return Run(end: .unknown, transfers: [], fuel: fuel)
    case .result(let bytes):
      return Run(end: .answer(try JSON(parsing: Array(bytes))), transfers: host.transfers, fuel: fuel)
    case .failure(let failure):
      if failure.code == .refused {
        return Run(end: .refusal(failure.reason ?? "", failure.message), transfers: [], fuel: fuel)
      }
      let message = failure.message.split(separator: ": ").last.map(String.init) ?? ""
      return Run(end: .error(failure.code.rawValue, message), transfers: [], fuel: fuel)
    }
  }
}

private final class PlainHost: HostCallHandler {
  let record: RecordedDecision
  var transfers: [PlainComparison.Transfer] = []
  init(_ record: RecordedDecision) { self.record = record }

  func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    let name = HostCallName.allCases[number].rawValue
    guard let given = try? JSON(parsing: arguments) else { return .fetch }
    if name == "ledger.balance" {
      let same = record.calls.first { $0.call == name && $0.arguments == given }
      return same?.hostAnswer ?? .fetch
    }
    let id = Identifier(intent: transfers.count, of: record.id)
    let transfer = given.array?.first
    transfers.append(
      PlainComparison.Transfer(
        from: transfer?["from"]?.string ?? "", to: transfer?["to"]?.string ?? "",
        minor: transfer?["amount"]?["minor"]?.integer ?? 0, reference: transfer?["reference"]?.string ?? ""))
    return .value((["id": .string(id.description)] as JSON).bytes)
  }
}
