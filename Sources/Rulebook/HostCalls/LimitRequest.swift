package import Core
internal import Ledger

/// So much of something in a period, as a rule asks for it: `{ name, most, per, amount?, offset? }`.
///
/// The ledger counts it: each period has an account of its own, which `world` credits with what was taken. So a limit
/// is read with a version and moves with the decision, like money, and those who ask at once never pass it together.
package struct LimitRequest: Sendable, Equatable {
  /// How long a limit counts before it begins anew.
  package enum Period: String, Sendable, CaseIterable {
    /// From one full hour of the clock to the next.
    case hour
    /// From midnight to midnight.
    case day
    /// From the first day of a month to the first of the next.
    case month
  }

  /// What times are counted in.
  package static let times = "TIMES"
  /// How far from UTC a day may begin, in minutes: the world's clocks are at most so far.
  package static let offsets: ClosedRange<Int64> = -720...840

  /// What is limited: any text.
  package var name: String
  /// The most that a period has.
  package var most: Amount
  /// How much is taken: once, or money.
  package var amount: Amount
  /// When it begins anew.
  package var period: Period
  /// The clock whose hours, days and months count, in minutes east of UTC.
  package var offsetMinutes: Int64 = 0

  /// Whether it counts times rather than money.
  package var isCount: Bool { amount.asset.name == Self.times }

  /// The account that counts, of the period that `now` falls into, milliseconds since 1970. Throws when the name is too
  /// long for one. O(name).
  package func account(at now: Int64) throws(HostCallProblem) -> AccountName {
    let segments = [LimitCounts.prefix, span(at: now).key, AccountName.segment(of: name)]
    guard let account = AccountName(segments.joined(separator: ":")) else {
      throw HostCallProblem("the limit's name is too long for an account's; take a shorter one")
    }
    return account
  }

  /// What the ledger's entry says of it: `{"name":"rewards:ada","most":5,"per":"day"}`; also `amount` of money, and
  /// `offset` when its days aren't those of UTC. O(name).
  package var note: String { json.text }

  /// When the period that `now` falls into is over, milliseconds since 1970.
  package func end(at now: Int64) -> Int64 { span(at: now).end }

  private static let perMinute: Int64 = 60_000
  private static let perDay: Int64 = 86_400_000

  private func span(at now: Int64) -> (key: String, end: Int64) {
    let shift = offsetMinutes * Self.perMinute
    let local = now.adding(saturating: shift)
    let days = local / Self.perDay - (local % Self.perDay < 0 ? 1 : 0)
    let day = CalendarDay(days: days)
    switch period {
    case .hour:
      let hour = (local - days * Self.perDay) / (60 * Self.perMinute)
      let end = days * Self.perDay + (hour + 1) * 60 * Self.perMinute
      return ("\(day.text)T\(hour < 10 ? "0" : "")\(hour)", end - shift)
    case .day: return (day.text, (days + 1) * Self.perDay - shift)
    case .month:
      var next = day
      next.day = 1
      next.month = day.month % 12 + 1
      next.year += day.month == 12 ? 1 : 0
      return (String(day.text.dropLast(3)), next.days * Self.perDay - shift)
    }
  }
}

/// What a limit has left, as the rule is told.
struct LimitStanding: Equatable {
  var left: Amount
  var isCount: Bool
  /// When the period is over, in milliseconds since 1970.
  var resetsAt: Int64

  /// `{"left": 4, "resets_at": 1796083200000}`; of money, an amount is left.
  var json: JSON {
    ["left": isCount ? .integer(left.minor) : left.json, "resets_at": .integer(resetsAt)]
  }
}
