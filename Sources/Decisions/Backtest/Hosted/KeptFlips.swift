package import Core

/// The records of a backtest that somebody may want to look at one by one, in a bounded memory: all that aren't `same`
/// or only of another cost, the latest first.
package struct KeptFlips: Sendable {
  private struct Flip {
    var record: Identifier
    var kind: BacktestClass
    var point: String
    var line: [UInt8]
  }

  /// Some of the records, and where the next page begins.
  package struct Page: Sendable, Equatable {
    /// Each as ``RecordComparison/line(_:_:most:)`` has it.
    package var flips: [JSON] = []
    /// Behind which record the next page begins; nil when nothing follows.
    package var next: Identifier?
  }

  private var flips: [Flip] = []
  private var bytes = 0
  private let limits: BacktestLimits
  /// Whether all that there were are kept.
  package private(set) var isWhole = true

  /// A list with nothing in it yet.
  package init(_ limits: BacktestLimits = BacktestLimits()) { self.limits = limits }

  /// How many are kept.
  package var count: Int { flips.count }

  /// Keeps a record when it is one to be looked at, and there is room. O(size · names).
  package mutating func add(
    _ comparison: RecordComparison, _ question: RecordedQuestion, _ names: inout SubjectNames
  ) {
    if comparison.kind == .same || comparison.kind == .costOnly { return }
    guard isWhole else { return }
    let line = comparison.line(question, &names, most: limits.valueBytes).bytes
    guard flips.count < limits.flips, bytes + line.count <= limits.flipBytes else {
      isWhole = false
      return
    }
    bytes += line.count
    flips.append(Flip(record: comparison.record, kind: comparison.kind, point: comparison.point, line: line))
  }

  /// A page of those of a class and a decision, behind the record `after`; nil when that record isn't kept.
  /// O(flips).
  package func page(kind: BacktestClass?, point: String?, after: Identifier?, limit: Int) -> Page? {
    var rest = flips[...]
    if let after {
      guard let place = flips.firstIndex(where: { $0.record == after }) else { return nil }
      rest = flips[(place + 1)...]
    }
    var page = Page()
    var (size, last) = (0, Identifier?.none)
    for flip in rest where (kind.map { $0 == flip.kind } ?? true) && (point.map { $0 == flip.point } ?? true) {
      if page.flips.count >= limit || size >= RecordLimits.pageBytes {
        page.next = last
        return page
      }
      guard let json = try? JSON(parsing: flip.line, limits: RecordLimits.parsing) else { continue }
      page.flips.append(json)
      size += flip.line.count
      last = flip.record
    }
    return page
  }
}
