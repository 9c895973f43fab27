internal import Decisions

/// The rules by which Prometheus watches over a rulebook's objectives: what is recorded over each window, and who is
/// called when a budget burns too fast.
package struct ObjectiveRules: Sendable {
  private let objectives: ServiceObjectives

  /// The rules for these objectives.
  package init(_ objectives: ServiceObjectives) { self.objectives = objectives }

  /// Prometheus' rule file. The same objectives give the same bytes. O(objectives · burns).
  package var text: String {
    var text = "groups:\n"
    text += "- name: cascade-objectives-recorded\n  rules:\n"
    let (days, promises, burns) = (objectives.days, objectives.promises, objectives.burns)
    let windows = burns.flatMap { [$0.short, $0.long] } + ["\(days)d"]
    for window in windows.enumerated().filter({ !windows[..<$0.offset].contains($0.element) }).map(\.element) {
      for promise in promises {
        let ratio = "\(bad(promise)) / \(all(promise))".replacing("$", with: window)
        text += "  - record: cascade:bad_share:rate\(window)\n    expr: \(Self.quoted(ratio))\n"
        text += "    labels: \(labels(promise))\n"
      }
    }
    text += "- name: cascade-objectives\n  rules:\n"
    for promise in promises {
      for burn in burns { text += alert(promise, burn) }
      let left = "1 - cascade:bad_share:rate\(days)d\(selector(promise)) / \(MetricText.number(promise.budget))"
      text += "  - record: cascade:budget_left:\(days)d\n    expr: \(Self.quoted(left))\n"
    }
    return text
  }

  private func alert(_ promise: ServiceObjectives.Promise, _ burn: ServiceObjectives.Burn) -> String {
    let limit = MetricText.number(((burn.factor * promise.budget) * 1e12).rounded() / 1e12)
    let selector = selector(promise)
    let windows = [burn.long, burn.short].map { "cascade:bad_share:rate\($0)\(selector) > \(limit)" }
    let factor = MetricText.number(burn.factor)
    let summary =
      "\(promise.point): the \(promise.kind.name) budget of \(objectives.days) days burns \(factor) times too fast"
    return """
        - alert: CascadeBudgetBurns
          expr: \(Self.quoted(windows.joined(separator: " and ")))
          labels: {severity: \(Self.quoted(burn.severity)), window: \(Self.quoted(burn.long))}
          annotations:
            summary: \(Self.quoted(summary))

      """
  }

  /// What counts as bad, over a window in place of `$`.
  private func bad(_ promise: ServiceObjectives.Promise) -> String {
    let labels = "decision=\"\(promise.point)\""
    switch promise.kind {
    case .availability:
      let codes = objectives.failures.joined(separator: "|")
      return "(sum(rate(cascade_decision_outcomes_total{\(labels),outcome=~\"\(codes)\"}[$])) or vector(0))"
    case .latency(let bucket):
      let bound = MetricText.number(Double(LaneStatistics.bucketBounds[bucket]) / 1e9)
      return
        "(\(all(promise)) - sum(rate(cascade_decision_duration_seconds_bucket{\(labels),le=\"\(bound)\"}[$])))"
    }
  }

  /// All that is counted, over a window in place of `$`.
  private func all(_ promise: ServiceObjectives.Promise) -> String {
    let labels = "decision=\"\(promise.point)\""
    if case .availability = promise.kind { return "sum(rate(cascade_decision_outcomes_total{\(labels)}[$]))" }
    return "sum(rate(cascade_decision_duration_seconds_count{\(labels)}[$]))"
  }

  private func labels(_ promise: ServiceObjectives.Promise) -> String {
    "{decision: \(Self.quoted(promise.point)), objective: \(Self.quoted(promise.kind.name))}"
  }

  private func selector(_ promise: ServiceObjectives.Promise) -> String {
    "{decision=\"\(promise.point)\",objective=\"\(promise.kind.name)\"}"
  }

  /// A YAML scalar in single quotes, in which a single quote is doubled.
  private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
