package import Core
internal import Cryptography

/// How a report shows what belongs to people.
package struct BacktestView: Sendable {
  /// Citizens by their names.
  package var showsSubjects = false
  /// JSON pointers into inputs and answers that are not shown.
  package var redacted: [String] = []
  /// The gate to hold the report against.
  package var gate: BacktestGate?

  /// Pseudonyms, and nothing redacted.
  package init() {}
}

extension BacktestReport {
  /// The name of this form.
  package static let form = "cascade-backtest/v1"

  /// The report as it is kept and sent. `elapsed` milliseconds stand outside of the digest. O(size).
  package func json(_ view: BacktestView = BacktestView(), elapsed: Int64) -> JSON {
    let body = members(view)
    let digest = "sha256:" + Hexadecimal.text(SHA256.hash(JSON.object(JSON.Object(body)).bytes))
    var members = body
    members.insert(("digest", .string(digest)), at: 1)
    members.append(("elapsed_ms", .integer(elapsed)))
    return .object(JSON.Object(members))
  }

  private func members(_ view: BacktestView) -> [(name: String, value: JSON)] {
    var members: [(name: String, value: JSON)] = [
      ("report", .string(Self.form)), ("baseline", baseline), ("candidate", ["digest": .string(heading.candidate)]),
      ("vm", .string(heading.machine)), ("window", windowJSON), ("mode", .string(heading.mode.rawValue)),
      ("answers", .string(heading.answers)), ("coverage", coverage), ("classes", Self.json(allClasses)),
      ("points", pointsJSON), ("fields", fieldsJSON), ("money", moneyJSON),
      ("subjects", ["affected": Self.count(affectedSubjects)]), ("clusters", clustersJSON(view)),
    ]
    if isModel {
      let first: JSON = firstParted.map { .string($0.description) } ?? .null
      members.append(("sequential", ["model": true, "first_parted": first]))
    }
    members.append(("gate", view.gate.map { Self.json($0.rules(for: self)) } ?? .null))
    return members
  }

  /// Whether the worlds part, so that what comes after is a model.
  var isModel: Bool { heading.mode == .sequential }

  private static func count(_ value: Int) -> JSON { .integer(Int64(value)) }

  private var baseline: JSON {
    if heading.isLive { return "live" }
    guard let baseline = heading.baseline else { return "recorded" }
    return ["generation": Self.count(baseline.generation), "digest": .string(baseline.digest)]
  }

  private var windowJSON: JSON {
    [
      "from_record": window.firstRecord.map { .string($0.description) } ?? .null,
      "to_record": window.lastRecord.map { .string($0.description) } ?? .null,
      "from_time": window.firstTime.map { .integer($0) } ?? .null,
      "to_time": window.lastTime.map { .integer($0) } ?? .null,
    ]
  }

  private var coverage: JSON {
    [
      "recorded": Self.count(recorded), "selected": Self.count(selected),
      "replayed": Self.count(selected - count(.unreplayable)), "unreplayable": Self.count(count(.unreplayable)),
      "unknown": Self.count(count(.unknown)),
      "not_recorded_points": .array(notRecordedPoints.map { .string($0) }),
    ]
  }

  /// How many records are of each class.
  package var allClasses: [BacktestClass: Int] {
    points.values.reduce(into: [:]) { $0.merge($1.classes, uniquingKeysWith: +) }
  }

  private static func json(_ classes: [BacktestClass: Int]) -> JSON {
    .object(JSON.Object(BacktestClass.allCases.map { ($0.rawValue, count(classes[$0] ?? 0)) }))
  }

  /// The names of the decisions, by their bytes.
  package var pointNames: [String] { points.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  private var pointsJSON: JSON {
    .object(
      JSON.Object(
        pointNames.map { name in
          let point = points[name] ?? Point()
          let fuel: JSON = ["baseline": point.fuelBefore.json, "candidate": point.fuelAfter.json]
          return (name, ["classes": Self.json(point.classes), "fuel": fuel])
        }))
  }

  private var fieldsJSON: JSON {
    .array(
      fields.sorted { $0.key < $1.key }.map { field, change in
        var object = JSON.Object([
          (name: "point", value: .string(field.point)), (name: "path", value: .string(field.path)),
          (name: "flips", value: Self.count(change.flips)),
        ])
        if change.isNumber {
          object.append("sum_before", change.before.json)
          object.append("sum_after", change.after.json)
          object.append("sum_delta", change.after.minus(change.before).json)
        }
        return .object(object)
      })
  }

  private var moneyJSON: JSON {
    .array(
      money.sorted { $0.key < $1.key }.map { flow, change in
        [
          "asset": .string(flow.asset.name), "from": .string(flow.from), "to": .string(flow.to),
          "before": change.before.json, "after": change.after.json,
          "delta": change.after.minus(change.before).json, "transfers": Self.count(change.transfers),
        ]
      })
  }

  /// The clusters, the largest first.
  package var largestClusters: [(key: BacktestCluster.Key, value: BacktestCluster)] {
    clusters.sorted { left, right in
      if left.value.flips != right.value.flips { return left.value.flips > right.value.flips }
      let (one, other) = (left.key, right.key)
      if one.point != other.point { return one.point.utf8.lexicographicallyPrecedes(other.point.utf8) }
      if one.file != other.file { return one.file.utf8.lexicographicallyPrecedes(other.file.utf8) }
      if one.line != other.line { return one.line < other.line }
      return one.kind.rawValue < other.kind.rawValue
    }
  }

  private func clustersJSON(_ view: BacktestView) -> JSON {
    var names = SubjectNames(showsNames: view.showsSubjects, redacted: view.redacted)
    return .array(
      largestClusters.map { key, cluster in
        let examples = cluster.examples.map { example -> JSON in
          [
            "record": .string(example.record.description), "input": names.shown(example.input),
            "before": names.shown(example.before), "after": names.shown(example.after),
          ]
        }
        var object = JSON.Object([
          (name: "point", value: .string(key.point)), (name: "class", value: .string(key.kind.rawValue)),
          (name: "file", value: .string(key.file)), (name: "line", value: Self.count(key.line)),
        ])
        if let values = cluster.values {
          object.append("was", .string(values.before))
          object.append("now", .string(values.after))
        }
        object.append("flips", Self.count(cluster.flips))
        object.append("examples", .array(examples))
        return .object(object)
      })
  }

  private static func json(_ rules: [BacktestGate.Rule]) -> JSON {
    let list = rules.map { rule -> JSON in
      ["name": .string(rule.name), "limit": rule.limit, "value": rule.value, "ok": .bool(rule.isWithin)]
    }
    return ["rules": .array(list), "ok": .bool(rules.allSatisfy(\.isWithin))]
  }
}
