/// Up to which entry a host has taken in what changed, with those that it wrote itself beyond that. A value.
///
/// What other hosts write between one's own entries comes later, so one's own are kept as ranges until the gap before
/// them is read.
struct FollowedSequence: Sendable {
  /// All entries up to this one are taken in.
  private(set) var through: Int64
  /// One's own entries beyond that, in order, none next to another.
  private var ahead: [ClosedRange<Int64>] = []

  /// Ranges that are kept at most; what doesn't fit is read again.
  private static let limit = 4_096

  /// All entries up to `through` are taken in.
  init(through: Int64) { self.through = through }

  /// The entries that are still to be read, when the ledger ends with `last`; nil for none.
  func gap(before last: Int64) -> ClosedRange<Int64>? {
    if through >= last { return nil }
    return (through + 1)...min(last, (ahead.first?.lowerBound ?? .max) - 1)
  }

  /// Takes note that these entries are taken in. O(ranges).
  mutating func take(_ range: ClosedRange<Int64>) {
    if range.upperBound <= through { return }
    if range.lowerBound > through + 1 {
      if ahead.count >= Self.limit { return }
      let place = ahead.firstIndex { $0.lowerBound > range.lowerBound } ?? ahead.count
      ahead.insert(range, at: place)
      return
    }
    through = range.upperBound
    while let next = ahead.first, next.lowerBound <= through + 1 {
      through = max(through, next.upperBound)
      ahead.removeFirst()
    }
  }
}
