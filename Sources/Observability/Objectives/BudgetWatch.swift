package import Decisions

/// Says whether a budget burns so fast that no rulebook may come into force: counts what went wrong over the windows
/// that the objectives name.
///
/// A value that is told what the lanes counted. It remembers what it was told since the host began, as Prometheus would
/// after a restart: a window that reaches further back is as long as what there is.
package struct BudgetWatch: Sendable {
  private struct Sample: Sendable {
    /// Seconds on a clock that only goes forward.
    var time: Int64
    var points: [String: PointStatistics]
  }

  /// The least seconds between two samples that are kept, and between those that are older than two hours.
  private static let (fine, coarse): (Int64, Int64) = (30, 600)
  private static let recent: Int64 = 7200
  /// The longest window that is looked at, seconds; of a longer one the last part.
  private static let memory: Int64 = 3 * 86_400

  private var samples: [Sample] = []

  /// How many samples are kept.
  package var sampleCount: Int { samples.count }

  /// A watch that was told nothing.
  package init() {}

  /// Whether another sample would be kept at `time`, seconds.
  package func isDue(at time: Int64) -> Bool { samples.last.map { time >= $0.time + Self.fine } ?? true }

  /// Takes what the lanes have counted until `time`, seconds. At most some 700 samples are kept. O(samples).
  package mutating func take(_ lanes: LaneStatistics, at time: Int64) {
    guard isDue(at: time) else { return }
    samples.append(Sample(time: time, points: lanes.points))
    thin(time)
  }

  /// Of what is older than two hours, the first sample of each ten minutes stays.
  private mutating func thin(_ now: Int64) {
    var slot: Int64?
    samples.removeAll { sample in
      if sample.time < now - Self.memory - Self.coarse { return true }
      if sample.time >= now - Self.recent { return false }
      defer { slot = sample.time / Self.coarse }
      return slot == sample.time / Self.coarse
    }
  }

  /// What burns by `lanes` at `time`, of the burns that hold activations; nil when nothing does.
  /// O(promises · burns · samples).
  package func burning(_ objectives: ServiceObjectives, _ lanes: LaneStatistics, at time: Int64) -> String? {
    for burn in objectives.burns where burn.holdsActivation {
      for promise in objectives.promises {
        let limit = burn.factor * promise.budget
        let isBurning = [burn.long, burn.short].allSatisfy { window in
          let share = share(promise, objectives.failures, lanes, since: time - (ServiceObjectives.seconds(window) ?? 0))
          return share.map { $0 > limit } ?? false
        }
        if isBurning {
          return "\(promise.point): the \(promise.kind.name) budget of \(objectives.days) days burns more than "
            + "\(MetricText.number(burn.factor)) times too fast over \(burn.long) and \(burn.short)"
        }
      }
    }
    return nil
  }

  /// The share that went wrong since `start`; nil when nothing ran.
  private func share(
    _ promise: ServiceObjectives.Promise, _ failures: [String], _ lanes: LaneStatistics, since start: Int64
  ) -> Double? {
    guard let now = lanes.points[promise.point] else { return nil }
    // The last sample before the window begins, else the first that there is.
    let place = samples.firstIndex { $0.time > start } ?? samples.count
    let before = samples.isEmpty ? nil : samples[max(0, place - 1)].points[promise.point]
    let all = now.runs - (before?.runs ?? 0)
    if all <= 0 { return nil }
    let bad = Self.bad(promise.kind, failures, now) - (before.map { Self.bad(promise.kind, failures, $0) } ?? 0)
    return Double(max(0, bad)) / Double(all)
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
