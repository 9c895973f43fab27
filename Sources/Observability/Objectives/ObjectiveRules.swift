package import Core
internal import Decisions

/// The rules by which Prometheus watches over a rulebook's objectives: what is recorded over each window, and who is
/// called when a budget burns too fast.
///
/// Of each objective's budget, the share that may go wrong, a burn of 1 uses up all in the time the objective is kept
/// over (Beyer and others, *The Site Reliability Workbook*, 2018, chapter 5).
package struct ObjectiveRules: Sendable {
  /// Something that is promised of a decision.
  private struct Promise {
    var point: String
    /// What is counted: `availability` or `latency`.
    var kind: String
    /// The share that may go wrong.
    var budget: Double
    /// What counts as bad, and all, over a window in place of `$`.
    var bad: String
    var all: String
  }

  private struct Burn {
    var factor: Double
    var long: String
    var short: String
    var severity: String
  }

  /// Why objectives can't be watched.
  package struct Fault: Error, CustomStringConvertible {
    /// What is wrong, and where.
    package var description: String
  }

  private let days: Int64
  private let promises: [Promise]
  private let burns: [Burn]

  /// Reads `awareness.objectives`' answer. Throws ``Fault`` with the name of what it can't be read by.
  package init(_ answer: JSON) throws(Fault) {
    guard let days = answer["days"]?.integer, days > 0 else { throw Fault(description: "days wants a whole number") }
    self.days = days
    let failures = (answer["failures"]?.array ?? []).compactMap(\.string)
    for code in failures where DecisionErrorCode(rawValue: code) == nil {
      throw Fault(description: "failures has '\(code)', and no decision ends so")
    }
    var burns: [Burn] = []
    for burn in answer["burns"]?.array ?? [] {
      guard let factor = burn["factor"]?.number, factor > 0, let severity = burn["severity"]?.string,
        let long = burn["long"]?.string, let short = burn["short"]?.string, Self.isDuration(long),
        Self.isDuration(short)
      else { throw Fault(description: "burns wants {factor, long, short, severity}, windows like 5m, 1h or 3d") }
      burns.append(Burn(factor: factor, long: long, short: short, severity: severity))
    }
    self.burns = burns
    var promises: [Promise] = []
    for (number, point) in (answer["points"]?.array ?? []).enumerated() {
      promises += try Self.promises(point, number + 1, failures: failures)
    }
    self.promises = promises
  }

  private static func promises(_ json: JSON, _ number: Int, failures: [String]) throws(Fault) -> [Promise] {
    guard let point = json["point"]?.string, point.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x22 && $0 != 0x5C }) else {
      throw Fault(description: "points[\(number)].point wants a decision's name")
    }
    var promises: [Promise] = []
    let labels = "decision=\"\(point)\""
    if let share = json["availability"]?.number {
      let all = "sum(rate(cascade_decision_outcomes_total{\(labels)}[$]))"
      let codes = failures.joined(separator: "|")
      promises.append(
        Promise(
          point: point, kind: "availability", budget: try budget(share, "points[\(number)].availability"),
          bad: "(sum(rate(cascade_decision_outcomes_total{\(labels),outcome=~\"\(codes)\"}[$])) or vector(0))",
          all: all))
    }
    if let latency = json["latency"] {
      guard let seconds = latency["seconds"]?.number, let share = latency["share"]?.number else {
        throw Fault(description: "points[\(number)].latency wants {seconds, share}")
      }
      let bounds = LaneStatistics.bucketBounds.map { MetricText.number(Double($0) / 1e9) }
      let bound = MetricText.number(seconds)
      guard bounds.contains(bound) else {
        let known = bounds.joined(separator: ", ")
        throw Fault(description: "points[\(number)].latency.seconds is \(bound), and is measured by \(known)")
      }
      let all = "sum(rate(cascade_decision_duration_seconds_count{\(labels)}[$]))"
      promises.append(
        Promise(
          point: point, kind: "latency", budget: try budget(share, "points[\(number)].latency.share"),
          bad: "(\(all) - sum(rate(cascade_decision_duration_seconds_bucket{\(labels),le=\"\(bound)\"}[$])))",
          all: all))
    }
    return promises
  }

  private static func budget(_ share: Double, _ name: String) throws(Fault) -> Double {
    guard share > 0, share < 1 else { throw Fault(description: "\(name) wants a share between 0 and 1") }
    // To the twelfth place: of 0.999, a thousandth is left.
    return ((1 - share) * 1e12).rounded() / 1e12
  }

  private static func isDuration(_ text: String) -> Bool {
    guard let unit = text.utf8.last, "smhdw".utf8.contains(unit) else { return false }
    return Int(text.dropLast()).map { $0 > 0 } ?? false
  }

  /// Prometheus' rule file. The same objectives give the same bytes. O(objectives · burns).
  package var text: String {
    var text = "groups:\n"
    text += "- name: cascade-objectives-recorded\n  rules:\n"
    let windows = burns.flatMap { [$0.short, $0.long] } + ["\(days)d"]
    for window in windows.enumerated().filter({ !windows[..<$0.offset].contains($0.element) }).map(\.element) {
      for promise in promises {
        let ratio = "\(promise.bad) / \(promise.all)".replacing("$", with: window)
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

  private func alert(_ promise: Promise, _ burn: Burn) -> String {
    let limit = MetricText.number(((burn.factor * promise.budget) * 1e12).rounded() / 1e12)
    let selector = selector(promise)
    let windows = [burn.long, burn.short].map { "cascade:bad_share:rate\($0)\(selector) > \(limit)" }
    let factor = MetricText.number(burn.factor)
    let summary = "\(promise.point): the \(promise.kind) budget of \(days) days burns \(factor) times too fast"
    return """
        - alert: CascadeBudgetBurns
          expr: \(Self.quoted(windows.joined(separator: " and ")))
          labels: {severity: \(Self.quoted(burn.severity)), window: \(Self.quoted(burn.long))}
          annotations:
            summary: \(Self.quoted(summary))

      """
  }

  private func labels(_ promise: Promise) -> String {
    "{decision: \(Self.quoted(promise.point)), objective: \(Self.quoted(promise.kind))}"
  }

  private func selector(_ promise: Promise) -> String {
    "{decision=\"\(promise.point)\",objective=\"\(promise.kind)\"}"
  }

  /// A YAML scalar in single quotes, in which a single quote is doubled.
  private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
