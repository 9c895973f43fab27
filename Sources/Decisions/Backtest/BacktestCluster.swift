package import Core

/// Decisions that part at one line.
package struct BacktestCluster: Sendable, Equatable {
  /// What the decisions of one cluster have in common.
  package struct Key: Sendable, Hashable {
    /// The decision's name: `treasury.redistribute`
    package var point: String
    /// What the change does to each of them.
    package var kind: BacktestClass
    /// The file of the rulebook in which the runs part.
    package var file: String
    /// The line in it.
    package var line: Int
  }

  /// A record that shows it.
  package struct Example: Sendable, Equatable {
    /// The id of the record.
    package var record: Identifier
    /// The input that both rulebooks were given.
    package var input: JSON
    /// The answer that was recorded.
    package var before: JSON
    /// The answer by the candidate.
    package var after: JSON
    /// Bytes of the input.
    var size: Int
    /// The largest difference of money in one flow, minor units.
    var money: UInt128
  }

  /// What the line held and holds, when it is the same for all.
  package private(set) var values: (before: String, after: String)?
  /// How many records part here.
  package private(set) var flips = 0
  /// The record with the smallest input.
  package private(set) var smallest: Example?
  /// The record with the largest difference of money; nil when none moves.
  package private(set) var dearest: Example?

  /// Bytes of an input or an answer that an example shows.
  private static let exampleBytes = 8 << 10

  /// A cluster at a place, of nothing yet.
  init(_ parting: Parting) { values = (parting.before, parting.after) }

  /// Both the same when their figures and examples are.
  package static func == (left: BacktestCluster, right: BacktestCluster) -> Bool {
    left.values?.before == right.values?.before && left.values?.after == right.values?.after
      && left.flips == right.flips && left.smallest == right.smallest && left.dearest == right.dearest
  }

  /// The records that show it: the smallest, and the dearest when it is another.
  package var examples: [Example] {
    [smallest, dearest?.record == smallest?.record ? nil : dearest].compactMap { $0 }
  }

  /// Takes in a record. Of equal examples the first stays.
  mutating func add(_ comparison: RecordComparison, _ question: RecordedQuestion) {
    flips += 1
    if let parting = comparison.parting, let known = values,
      (parting.before, parting.after) != (known.before, known.after)
    {
      values = nil
    }
    let input = question.record.input.bytes
    let money = comparison.money.values.map { $0.after.minus($0.before).magnitude ?? .max }.max() ?? 0
    let isSmallest = smallest.map { input.count < $0.size } ?? true
    let isDearest = money > 0 && dearest.map { money > $0.money } ?? true
    guard isSmallest || isDearest else { return }
    let example = Example(
      record: comparison.record, input: Self.shown(question.record.input, input.count),
      before: Self.shown(comparison.before?.json ?? .null), after: Self.shown(comparison.after?.json ?? .null),
      size: input.count, money: money)
    if isSmallest { smallest = example }
    if isDearest { dearest = example }
  }

  /// A value, or its size when it is too long to be shown.
  private static func shown(_ value: JSON, _ count: Int? = nil) -> JSON {
    let count = count ?? value.bytes.count
    return count <= exampleBytes ? value : ["bytes": .integer(Int64(count))]
  }
}
