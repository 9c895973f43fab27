import Core
import Decisions
import Logging
import Observability
import Rulebook

/// The budgets of what the rules promise in `policies/objectives.lua`: how much of each is left, and what the rules
/// have against another rulebook while one burns.
actor ObjectiveBudgets {
  private static let point = "awareness.objectives"

  private let host: Host
  private let rules: OwnDecisions
  private let logger: Logger
  /// What was counted of all decisions until now.
  private let counts: @Sendable () async -> LaneStatistics
  private var watch = BudgetWatch()
  private var problem: String?

  init(_ host: Host, _ logger: Logger, counts: @escaping @Sendable () async -> LaneStatistics) {
    self.host = host
    self.counts = counts
    self.logger = logger
    rules = OwnDecisions { host.generation }
  }

  /// Takes what was counted of decisions until now; every few seconds. It is asked for only when that would be kept.
  func observe() async {
    if watch.isDue(at: Self.now) { watch.take(await counts(), at: Self.now) }
  }

  /// Why no rulebook may come into force now; nil when one may. Objectives that can't be read forbid nothing, since
  /// only another rulebook mends them; the log says so.
  func reason() async -> String? {
    guard host.generation.number(of: Self.point) != nil else { return nil }
    do {
      let objectives = try await objectives()
      problem = nil
      return watch.burning(objectives, await counts(), at: Self.now)
    } catch {
      let reason = "\(error)"
      if reason != problem { logger.warning("policies/objectives.lua forbids nothing: \(reason)") }
      problem = reason
      return nil
    }
  }

  /// How each promise stands, as far as this host has seen; nil when the rulebook promises nothing.
  func report() async -> JSON? {
    guard host.generation.number(of: Self.point) != nil else { return nil }
    do {
      return watch.report(try await objectives(), await counts(), at: Self.now)
    } catch {
      return BudgetWatch.report(unreadable: "\(error)")
    }
  }

  private func objectives() async throws -> ServiceObjectives {
    try ServiceObjectives(await rules.decide(Self.point, [:], requester: "governance").decided.result())
  }

  /// Seconds that only go forward.
  private static var now: Int64 { BootClock.nanoseconds() / 1_000_000_000 }
}
