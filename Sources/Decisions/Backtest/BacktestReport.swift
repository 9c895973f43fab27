package import Core

/// What a change would have done to recorded decisions. The same comparisons in the same order give the same bytes.
package struct BacktestReport: Sendable, Equatable {
  /// What was compared with what.
  package struct Heading: Sendable, Equatable {
    /// The generation that decided all of it; nil when there were several.
    package var baseline: (generation: Int, digest: String)?
    /// Whether decisions were compared as they were made.
    package var isLive = false
    /// The digest of the candidate: `sha256:…`
    package var candidate: String
    /// The format of the machine.
    package var machine: String
    /// How decisions were run: `independent`.
    package var mode = BacktestQuery.Mode.independent
    /// What answered the host calls: `recorded`.
    package var answers = "recorded"

    package init(candidate: String, machine: String) {
      self.candidate = candidate
      self.machine = machine
    }

    package static func == (left: Heading, right: Heading) -> Bool {
      left.baseline?.generation == right.baseline?.generation && left.baseline?.digest == right.baseline?.digest
        && left.isLive == right.isLive && left.candidate == right.candidate && left.machine == right.machine
        && left.mode == right.mode
        && left.answers == right.answers
    }
  }

  /// The records that were looked at.
  package struct Window: Sendable, Equatable {
    /// The one with the lowest id.
    package var firstRecord: Identifier?
    /// The one with the highest id.
    package var lastRecord: Identifier?
    /// When the earliest was decided, milliseconds since 1970.
    package var firstTime: Int64?
    /// When the latest was decided, milliseconds since 1970.
    package var lastTime: Int64?

    /// Takes a record in.
    package mutating func add(_ id: Identifier, at time: Int64) {
      firstRecord = min(firstRecord ?? id, id)
      lastRecord = max(lastRecord ?? id, id)
      firstTime = min(firstTime ?? time, time)
      lastTime = max(lastTime ?? time, time)
    }
  }

  /// What became of the records of one decision.
  package struct Point: Sendable, Equatable {
    /// How many records are of each class.
    package var classes: [BacktestClass: Int] = [:]
    /// The cost by the record.
    package var fuelBefore = FuelFigures()
    /// The cost by the candidate.
    package var fuelAfter = FuelFigures()
  }

  /// A place in the results of one decision.
  package struct Field: Sendable, Hashable, Comparable {
    /// The decision's name: `treasury.redistribute`
    package var point: String
    /// Where the field is in the result, as a JSON pointer.
    package var path: String

    package static func < (left: Field, right: Field) -> Bool {
      [left.point, left.path].lexicographicallyPrecedes([right.point, right.path]) {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
    }
  }

  /// How a field changed.
  package struct FieldChange: Sendable, Equatable {
    /// Records in which it did.
    package var flips = 0
    /// Whether it was a number somewhere.
    package var isNumber = false
    /// The sum of the numbers by the records.
    package var before = ExactSum()
    /// The sum of the numbers by the candidate.
    package var after = ExactSum()
  }

  /// What was compared with what.
  package var heading: Heading
  /// The first and the last record.
  package var window = Window()
  /// Records that are there.
  package var recorded = 0
  /// Records that were asked for.
  package private(set) var selected = 0
  /// The first record of which somebody gets something else, where each follows from those before it.
  package var firstParted: Identifier?
  /// Decisions of which no record is there.
  package var notRecordedPoints: [String] = []
  /// The figures of each decision.
  package private(set) var points: [String: Point] = [:]
  /// The fields that differ.
  package private(set) var fields: [Field: FieldChange] = [:]
  /// The money that moves, also where it is the same.
  package private(set) var money: [MoneyFlow: MoneyChange] = [:]
  /// The lines at which runs part, each with its records.
  package private(set) var clusters: [BacktestCluster.Key: BacktestCluster] = [:]
  /// Why records can't be run again, with how often, the most frequent first to be shown; a bounded number of reasons.
  package private(set) var reasons: [String: Int] = [:]
  private var affected: Set<String> = []

  private static let reasonLimit = 50

  /// A report on nothing yet.
  package init(_ heading: Heading) { self.heading = heading }

  /// How many records are of a class.
  package func count(_ kind: BacktestClass) -> Int { points.values.reduce(0) { $0 + ($1.classes[kind] ?? 0) } }

  /// Records of which somebody gets something else.
  package var flips: Int { BacktestClass.allCases.filter(\.isFlip).reduce(0) { $0 + count($1) } }

  /// How many different subjects get something else.
  package var affectedSubjects: Int { affected.count }

  /// Takes in what became of the next record. O(size).
  package mutating func add(_ comparison: RecordComparison, _ question: RecordedQuestion) {
    selected += 1
    window.add(comparison.record, at: question.record.timeMilliseconds)
    points[comparison.point, default: Point()].classes[comparison.kind, default: 0] += 1
    if comparison.kind == .unreplayable || comparison.kind == .unknown {
      let reason = comparison.reason ?? ""
      if reasons[reason] != nil || reasons.count < Self.reasonLimit { reasons[reason, default: 0] += 1 }
    }
    if let before = comparison.before, let after = comparison.after {
      points[comparison.point]?.fuelBefore.add(before.fuel)
      points[comparison.point]?.fuelAfter.add(after.fuel)
    }
    for (flow, change) in comparison.money { money[flow, default: MoneyChange()].add(change) }
    guard comparison.kind.isFlip else { return }
    if let subject = comparison.subject { affected.insert(subject) }
    add(comparison.fields, of: comparison.point)
    if let parting = comparison.parting {
      let key = BacktestCluster.Key(
        point: comparison.point, kind: comparison.kind, file: parting.file, line: parting.line)
      clusters[key, default: BacktestCluster(parting)].add(comparison, question)
    }
  }

  /// A field counts once for each record, however many elements of a list it stands in.
  private mutating func add(_ differences: [FieldDifference], of point: String) {
    var seen: Set<String> = []
    for difference in differences {
      var change = fields[Field(point: point, path: difference.path)] ?? FieldChange()
      if seen.insert(difference.path).inserted { change.flips += 1 }
      if difference.before?.number != nil || difference.after?.number != nil { change.isNumber = true }
      change.before.add(difference.before)
      change.after.add(difference.after)
      fields[Field(point: point, path: difference.path)] = change
    }
  }
}
