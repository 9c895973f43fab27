package import Core

/// What the platform claimed of its health and what came of it, pooled: by day, claim and outcome.
package struct ClaimBook: Sendable, Equatable {
  /// A claim in thousandths, and whether it came true.
  fileprivate struct Key: Hashable, Sendable {
    var thousandths: Int
    var isHealthy: Bool
  }

  private var days: [Int64: [Key: Int]] = [:]

  private static let dayMilliseconds: Int64 = 86_400_000

  /// A book without claims.
  package init() {}

  /// Notes a claim, 0 to 1, and the outcome, at `now` in milliseconds since 1970; forgets days that are over.
  package mutating func note(claimed: Double, isHealthy: Bool, now: Int64) {
    let day = now / Self.dayMilliseconds
    let key = Key(thousandths: Int((min(max(claimed, 0), 1) * 1_000).rounded()), isHealthy: isHealthy)
    days[day, default: [:]][key, default: 0] += 1
    for old in days.keys where old <= day - SelfModelLimits.claimDays { days[old] = nil }
  }

  /// `[{"claimed","healthy","n"}]`, ascending, as `awareness.score` is given them. O(sorts · days).
  package var rows: [JSON] {
    var counts: [Key: Int] = [:]
    for day in days.values { counts.merge(day) { $0 + $1 } }
    let frequent = counts.sorted { ($0.value, $1.key.order) > ($1.value, $0.key.order) }
    return frequent.prefix(SelfModelLimits.claimRows).sorted { $0.key.order < $1.key.order }.map { key, count in
      [
        "claimed": .double(Double(key.thousandths) / 1_000), "healthy": .bool(key.isHealthy),
        "n": .integer(Int64(count)),
      ]
    }
  }

  /// As it is kept: `[[day, thousandths, healthy, n]]`. O(sorts · days).
  package var json: JSON {
    .array(
      days.sorted { $0.key < $1.key }.flatMap { day, counts in
        counts.sorted { $0.key.order < $1.key.order }.map { key, count -> JSON in
          [.integer(day), .integer(Int64(key.thousandths)), .bool(key.isHealthy), .integer(Int64(count))]
        }
      })
  }

  /// Reads ``json`` back; nil when it isn't that. O(sorts · days).
  package init?(json: JSON) {
    guard let rows = json.array else { return nil }
    for row in rows {
      guard let row = row.array, row.count == 4, let day = row[0].integer, let thousandths = row[1].integer,
        (0...1_000).contains(thousandths), let isHealthy = row[2].bool, let count = row[3].integer, count > 0
      else { return nil }
      days[day, default: [:]][Key(thousandths: Int(thousandths), isHealthy: isHealthy)] = Int(clamping: count)
    }
  }
}

extension ClaimBook.Key {
  fileprivate var order: Int { 2 * thousandths + (isHealthy ? 1 : 0) }
}
