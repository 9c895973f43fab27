package import Core
package import Decisions

/// Says whether a budget burns so fast that no rulebook may come into force: counts what went wrong over the windows
/// that the objectives name.
///
/// A value that is told what was counted of decisions. It remembers it since the host began, as Prometheus
/// would after a restart: a window that reaches further back is as long as what there is.
package struct BudgetWatch: Sendable {
  private struct Sample: Sendable {
    /// Seconds on a clock that only goes forward.
    var time: Int64
    var points: [String: PointStatistics]
  }

  /// The least seconds between two samples that are kept, and from which age on there are fewer of them.
  private static let gaps: [(age: Int64, gap: Int64)] = [(0, 30), (7200, 600), (3 * 86_400, 86_400)]
  /// The longest window that is looked at, seconds; of a longer one the last part.
  private static let memory: Int64 = 31 * 86_400

  private var samples: [Sample] = []

  /// How many samples are kept.
  package var sampleCount: Int { samples.count }

  /// A watch that was told nothing.
  package init() {}

  /// Whether another sample would be kept at `time`, seconds.
  package func isDue(at time: Int64) -> Bool { samples.last.map { time >= $0.time + Self.gaps[0].gap } ?? true }

  /// Takes what was counted until `time`, seconds. At most some 750 samples are kept. O(samples).
  package mutating func take(_ lanes: LaneStatistics, at time: Int64) {
    guard isDue(at: time) else { return }
    samples.append(Sample(time: time, points: lanes.points))
    thin(time)
  }

  /// Of what is older than two hours, the first sample of each ten minutes stays; beyond three days, of each day.
  private mutating func thin(_ now: Int64) {
    var last: (gap: Int64, slot: Int64)?
    samples.removeAll { sample in
      let gap = Self.gaps.last { sample.time <= now - $0.age }?.gap ?? Self.gaps[0].gap
      if sample.time < now - Self.memory - gap { return true }
      if gap == Self.gaps[0].gap { return false }
      let slot = sample.time / gap
      defer { last = (gap, slot) }
      return last.map { $0 == (gap, slot) } ?? false
    }
  }

  /// What burns by `lanes` at `time`, of the burns that hold activations; nil when nothing does.
  /// O(promises · burns · samples).
  package func burning(_ objectives: ServiceObjectives, _ lanes: LaneStatistics, at time: Int64) -> String? {
    for burn in objectives.burns where burn.holdsActivation {
      for promise in objectives.promises where isBurning(promise, burn, objectives.failures, lanes, at: time) {
        return "\(promise.point): the \(promise.kind.name) budget of \(objectives.days) days burns more than "
          + "\(MetricText.number(burn.factor)) times too fast over \(burn.long) and \(burn.short)"
      }
    }
    return nil
  }

  private func isBurning(
    _ promise: ServiceObjectives.Promise, _ burn: ServiceObjectives.Burn, _ failures: [String],
    _ lanes: LaneStatistics, at time: Int64
  ) -> Bool {
    [burn.long, burn.short].allSatisfy { window in
      let start = time - (ServiceObjectives.seconds(window) ?? 0)
      return count(promise, failures, lanes, since: start).share.map { $0 > burn.factor * promise.budget } ?? false
    }
  }

  /// How each promise stands at `time`: `days` and `seconds`, over how many it is kept and was watched, and `budgets`,
  /// one for each promise, with the runs, how many of them were bad, the share of the budget that is `left` (null
  /// before the first run, below 0 when overspent) and what `burns`. O(promises · burns · samples).
  package func report(_ objectives: ServiceObjectives, _ lanes: LaneStatistics, at time: Int64) -> JSON {
    let start = time - objectives.days * 86_400
    let watched = samples.first.map { min(time - $0.time, objectives.days * 86_400) } ?? 0
    let budgets = objectives.promises.map { promise -> JSON in
      let count = count(promise, objectives.failures, lanes, since: start)
      return [
        "point": .string(promise.point), "objective": .string(promise.kind.name), "budget": .double(promise.budget),
        "runs": .integer(Int64(count.all)), "bad": .integer(Int64(count.bad)),
        "left": count.share.map { .double(1 - $0 / promise.budget) } ?? .null,
        "burns": .array(
          objectives.burns.filter { isBurning(promise, $0, objectives.failures, lanes, at: time) }.map(Self.json)),
      ]
    }
    return [
      "days": .integer(objectives.days), "seconds": .integer(watched), "budgets": .array(budgets),
      "holds_activation": burning(objectives, lanes, at: time).map { .string($0) } ?? .null, "problem": .null,
    ]
  }

  /// The same of objectives that can't be read, with the reason.
  package static func report(unreadable reason: String) -> JSON {
    ["days": .null, "seconds": .null, "budgets": [], "holds_activation": .null, "problem": .string(reason)]
  }

  private static func json(_ burn: ServiceObjectives.Burn) -> JSON {
    [
      "factor": .double(burn.factor), "long": .string(burn.long), "short": .string(burn.short),
      "severity": .string(burn.severity),
    ]
  }

  /// What ran and what went wrong of it.
  private struct Count {
    var all = 0
    var bad = 0
    /// The share that went wrong; nil when nothing ran.
    var share: Double? { all > 0 ? Double(bad) / Double(all) : nil }
  }

  private func count(
    _ promise: ServiceObjectives.Promise, _ failures: [String], _ lanes: LaneStatistics, since start: Int64
  ) -> Count {
    guard let now = lanes.points[promise.point] else { return Count() }
    // The last sample before the window begins, else the first that there is.
    let place = samples.firstIndex { $0.time > start } ?? samples.count
    let before = samples.isEmpty ? nil : samples[max(0, place - 1)].points[promise.point]
    let bad = Self.bad(promise.kind, failures, now) - (before.map { Self.bad(promise.kind, failures, $0) } ?? 0)
    return Count(all: now.runs - (before?.runs ?? 0), bad: max(0, bad))
  }

  private static func bad(
    _ kind: ServiceObjectives.Promise.Kind, _ failures: [String], _ point: PointStatistics
  ) -> Int {
    switch kind {
    case .availability: point.failed(failures)
    case .latency(let bucket): point.buckets[(bucket + 1)...].reduce(0, +)
    }
  }
}
