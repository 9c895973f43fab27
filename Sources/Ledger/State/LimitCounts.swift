internal import Core

/// The accounts in which the host counts what rules limit: `limit:PERIOD:NAME`, such as `limit:2026-11-29:rewards`.
///
/// Nobody but the host moves them. Their periods come first, so that those of old periods lie together by their keys:
/// a store removes them once they are over for ``keptDays``, told by the time of the last entry and by no other clock,
/// so that whoever verifies the ledger knows which may be gone.
package enum LimitCounts {
  /// What the accounts' names begin with.
  package static let prefix = "limit"
  private static let start = "limit:"
  /// For how many days after its end a period's counts are kept.
  package static let keptDays: Int64 = 400
  /// By so many days a period may end later than the UTC day of its name: a day is over at its end, and its clock may
  /// lie up to twelve hours west.
  private static let margin: Int64 = 2

  /// Whether an account of this name counts a limit. O(1).
  package static func isCount(_ name: String) -> Bool {
    guard name.begins(with: start) else { return false }
    let period = name.utf8.dropFirst(start.utf8.count).prefix { $0 != UInt8(ascii: ":") }
    let dash = UInt8(ascii: "-")
    return [7, 10, 13].contains(period.count) && name.utf8.count > start.utf8.count + period.count + 1
      && period.prefix(4).allSatisfy { (0x30...0x39).contains($0) } && period.dropFirst(4).first == dash
  }

  /// Between which keys, the second not included, the accounts lie that are kept no longer at `timestamp`, nanoseconds
  /// since 1970. Those among them that are ``isCount(_:)`` are.
  package static func overdue(at timestamp: Int64) -> (from: String, to: String) {
    let today = CalendarDay(nanoseconds: timestamp).days
    return ("\(start)1", "\(start)\(CalendarDay(days: today - keptDays - margin).text)")
  }

  /// Whether an account of this name counts a limit that is kept no longer at `timestamp`. O(1).
  package static func isOverdue(_ name: String, at timestamp: Int64) -> Bool {
    isCount(name) && name.utf8.lexicographicallyPrecedes(overdue(at: timestamp).to.utf8)
  }
}

extension LedgerEvent {
  /// Why it may not touch an account that counts a limit, or counts one in another; nil when it may. What a limit
  /// counted can be taken back as any movement can. O(1).
  var miscount: RefusalReason? {
    let isCounted = to.map { LimitCounts.isCount($0.text) } ?? false
    if kind == .posted, !limit.isEmpty { return isCounted ? nil : .invalidTo }
    if !limit.isEmpty { return .invalidEvent }
    if isCounted { return .invalidTo }
    if kind != .reversal, let from, LimitCounts.isCount(from.text) { return .invalidFrom }
    return nil
  }
}
