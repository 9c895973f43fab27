internal import Core
package import Decisions

/// What was counted of decisions and which generation decides, as Prometheus text.
package enum LaneMetrics {
  /// The families `cascade_decisions_total`, `cascade_decision_runs_total`, `cascade_decision_outcomes_total`,
  /// `cascade_decision_duration_seconds`, `cascade_decision_seconds`, `cascade_fuel_total`,
  /// `cascade_machines_replaced_total`, `cascade_lanes` and `cascade_rulebook_*`.
  /// O(codes + decisions · (codes + buckets + log decisions)).
  package static func render(_ lanes: LaneStatistics, _ rulebook: RulebookStatus) -> String {
    decisions(lanes) + runs(lanes) + outcomes(lanes) + durations(lanes) + histogram(lanes)
      + MetricText.single(
        "cascade_fuel_total", "counter", "Fuel that decisions on the lanes used.", value: Double(lanes.fuel)
      ).text
      + MetricText.single("cascade_lanes", "gauge", "Lanes that decide.", value: Double(rulebook.lanes)).text
      + MetricText.single(
        "cascade_machines_replaced_total", "counter", "Machines made anew because a limit stopped a decision.",
        value: Double(lanes.replacedMachines)
      ).text
      + MetricText.single(
        "cascade_rulebook_activated_timestamp_seconds", "gauge", "When the generation was activated.",
        value: Double(rulebook.activatedMilliseconds) / 1000
      ).text
      + MetricText.single(
        "cascade_rulebook_generation", "gauge", "The generation that decides.", value: Double(rulebook.generation)
      ).text
      + MetricText.single(
        "cascade_rulebook_last_reload_successful", "gauge", "1 when the last reload succeeded, else 0.",
        value: rulebook.lastReloadProblems.isEmpty ? 1 : 0
      ).text
  }

  private static func decisions(_ lanes: LaneStatistics) -> String {
    let name = "cascade_decisions_total"
    var text = MetricText.header(name, "counter", "Decisions by how they ended: ok, or the error's code.")
    text += MetricText.sample(name, MetricText.labels([("outcome", "ok")]), String(lanes.decided))
    for (code, count) in zip(DecisionErrorCode.allCases, lanes.failed) {
      text += MetricText.sample(name, MetricText.labels([("outcome", code.rawValue)]), String(count))
    }
    return text
  }

  private static func runs(_ lanes: LaneStatistics) -> String {
    let name = "cascade_decision_runs_total"
    let samples = lanes.runs.sorted { $0.key < $1.key }.map { decision, count in
      MetricText.sample(name, MetricText.labels([("decision", decision)]), String(count))
    }
    if samples.isEmpty { return "" }
    return MetricText.header(name, "counter", "Runs of decisions, by decision.") + samples.joined()
  }

  /// By decision and how it ended, where anything did.
  private static func outcomes(_ lanes: LaneStatistics) -> String {
    let name = "cascade_decision_outcomes_total"
    var text = MetricText.header(name, "counter", "Decisions by name and how they ended.")
    for (decision, point) in lanes.points.sorted(by: { $0.key < $1.key }) {
      let counts = [("ok", point.decided)] + zip(DecisionErrorCode.allCases.map(\.rawValue), point.failed)
      for (outcome, count) in counts where count > 0 || outcome == "ok" {
        let labels = MetricText.labels([("decision", decision), ("outcome", outcome)])
        text += MetricText.sample(name, labels, String(count))
      }
    }
    return text
  }

  private static func durations(_ lanes: LaneStatistics) -> String {
    let name = "cascade_decision_duration_seconds"
    let header = MetricText.header(
      name, "histogram", "Time of one decision, by name; of one with effects until it is committed.")
    return lanes.points.sorted { $0.key < $1.key }.reduce(into: header) { text, one in
      let (decision, point) = one
      text += samples(name, [("decision", decision)], point.buckets, point.nanoseconds)
    }
  }

  private static func histogram(_ lanes: LaneStatistics) -> String {
    let name = "cascade_decision_seconds"
    return MetricText.header(name, "histogram", "Time of one decision, from bytes to bytes or until it is committed.")
      + samples(name, [], lanes.buckets, lanes.nanoseconds)
  }

  private static func samples(
    _ name: String, _ labels: [(String, String)], _ buckets: [Int], _ nanoseconds: UInt64
  ) -> String {
    var (text, sum) = ("", 0)
    for (index, count) in buckets.enumerated() {
      sum += count
      let isLast = index == LaneStatistics.bucketBounds.count
      let bound = isLast ? "+Inf" : MetricText.number(Double(LaneStatistics.bucketBounds[index]) / 1e9)
      text += MetricText.sample(name + "_bucket", MetricText.labels(labels + [("le", bound)]), String(sum))
    }
    let plain = MetricText.labels(labels)
    text += MetricText.sample(name + "_sum", plain, MetricText.number(Double(nanoseconds) / 1e9))
    return text + MetricText.sample(name + "_count", plain, String(sum))
  }
}
