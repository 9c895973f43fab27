internal import Core

extension BacktestReport {
  /// The report in at most 25 lines for people who vote on it. O(size).
  package func text(_ view: BacktestView = BacktestView(), elapsed: Int64) -> String {
    var lines = [
      "What this change would have done to \(Self.grouped(selected)) recorded decisions",
      "  \(periodText), \(courseText)",
      "  candidate \(heading.candidate.prefix(19))…, compared with \(baselineText)",
      "",
      "  " + classesText,
      "  \(Self.grouped(affectedSubjects)) citizens get something else",
    ]
    lines += ["", "Where the two part"] + clusterLines
    let money = moneyLines
    if !money.isEmpty { lines += ["", "Money"] + money }
    lines += [""] + fieldLines + remarks(view)
    lines.append("digest \(json(view, elapsed: elapsed)["digest"]?.string ?? "")")
    return lines.prefix(24).joined(separator: "\n") + (lines.count > 24 ? "\n" + (lines.last ?? "") : "") + "\n"
  }

  /// A number with spaces between its thousands.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var out = number < 0 ? "-" : ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place) % 3 == 0 { out += " " }
      out.append(digit)
    }
    return out
  }

  private var courseText: String {
    isModel
      ? "one after the other in a ledger of their own: a model"
      : "each by itself, with what the host answered then"
  }

  var baselineText: String {
    if heading.isLive { return "what was in force" }
    return heading.baseline.map { "generation \($0.generation)" } ?? "the rulebooks of their time"
  }

  var periodText: String {
    guard let first = window.firstTime, let last = window.lastTime else { return "none was there" }
    return "from \(MinuteText.text(first)) to \(MinuteText.text(last)) UTC"
  }

  /// How many records are of each class there is, in words.
  package var classesText: String {
    let classes = allClasses
    let some = BacktestClass.allCases.compactMap { kind in
      classes[kind].map { "\(Self.grouped($0)) \(kind.words)" }
    }
    return some.isEmpty ? "nothing to compare" : some.joined(separator: " · ")
  }

  private var clusterLines: [String] {
    let largest = largestClusters
    if largest.isEmpty { return ["  nowhere"] }
    var lines = largest.prefix(5).map { key, cluster in
      let values = cluster.values.map { ": \(Self.brief($0.before)) → \(Self.brief($0.after))" } ?? ""
      return "  \(key.file):\(key.line)\(values)   \(Self.grouped(cluster.flips)) × \(key.point) \(key.kind.words)"
    }
    if largest.count > 5 { lines.append("  and \(largest.count - 5) more places") }
    return lines
  }

  /// What a line holds, cut to what fits.
  static func brief(_ text: String) -> String {
    if text.isEmpty { return "nothing" }
    return text.count <= 60 ? text : text.prefix(59) + "…"
  }

  private var moneyLines: [String] {
    let changed = money.filter { !$0.value.after.minus($0.value.before).isZero }.sorted { $0.key < $1.key }
    var lines = changed.prefix(5).map { flow, change in
      let delta = change.after.minus(change.before)
      let sign = delta.isNegative ? "" : "+"
      return "  \(flow.from) → \(flow.to): \(Self.amount(change.before, flow.asset)) → "
        + "\(Self.amount(change.after, flow.asset))  (\(sign)\(Self.amount(delta, flow.asset)))"
    }
    if changed.count > 5 { lines.append("  and \(changed.count - 5) more flows") }
    return lines
  }

  /// The sum with its asset: `97.50 USD/2`
  static func amount(_ sum: ExactSum, _ asset: Asset) -> String {
    sum.json.integer.map { Amount($0, asset).description } ?? "more than an account can hold"
  }

  private var fieldLines: [String] {
    let most = fields.sorted { ($1.value.flips, $0.key) < ($0.value.flips, $1.key) }
    return most.prefix(3).map { field, change in
      var line = "\(field.point) \(field.path): another in \(Self.grouped(change.flips))"
      if change.isNumber { line += ", in all \(change.before.json.text) → \(change.after.json.text)" }
      return line
    }
  }

  private func remarks(_ view: BacktestView) -> [String] {
    var lines: [String] = []
    let least = reasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.first
    if let least { lines.append("not compared: \(Self.brief(least.key)) (\(Self.grouped(least.value)) ×)") }
    if !notRecordedPoints.isEmpty {
      lines.append(
        "no record of \(notRecordedPoints.count) decisions: \(Self.brief(notRecordedPoints.joined(separator: ", ")))")
    }
    for rule in view.gate?.rules(for: self) ?? [] {
      let verdict = rule.isWithin ? "within" : "BEYOND"
      lines.append("gate \(rule.name): \(rule.value.text), at most \(rule.limit.text): \(verdict)")
    }
    return lines
  }
}

extension BacktestClass {
  /// As people read it.
  package var words: String {
    switch self {
    case .same: "the same"
    case .costOnly: "the same at another cost"
    case .changed: "changed"
    case .loosened: "loosened"
    case .tightened: "tightened"
    case .reasonChanged: "refused otherwise"
    case .effectsChanged: "with other effects"
    case .nowFails: "fail now"
    case .noLongerFails: "fail no more"
    case .schemaGone: "can't be asked any more"
    case .unknown: "unknown"
    case .unreplayable: "can't be run again"
    }
  }
}
