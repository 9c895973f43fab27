/// A cache of answers in two halves. When the newer half is full, it replaces the older one, so the cache never exceeds
/// its limit and never searches. A hit moves to the newer half.
struct AnswerCache<Answer: Sendable>: Sendable {
  private struct Entry: Sendable {
    var answer: Answer
    var since: ContinuousClock.Instant
  }

  private let life: Duration
  private let half: Int
  private var newer: [String: Entry] = [:]
  private var older: [String: Entry] = [:]

  /// Keeps at most `limit` answers, each for `life`.
  init(life: Duration, limit: Int) {
    self.life = life
    half = max(1, limit / 2)
  }

  /// The number of cached answers.
  var count: Int { newer.count + older.count }

  /// The answer for `key`; nil without one, and when it is too old at `now`. O(1).
  mutating func answer(_ key: String, now: ContinuousClock.Instant) -> Answer? {
    guard let entry = newer[key] ?? older.removeValue(forKey: key) else { return nil }
    guard now - entry.since < life else {
      newer[key] = nil
      return nil
    }
    if newer[key] == nil { keep(entry, key) }
    return entry.answer
  }

  /// Keeps an answer given at `now`. O(1) on average.
  mutating func keep(_ answer: Answer, for key: String, now: ContinuousClock.Instant) {
    older[key] = nil
    keep(Entry(answer: answer, since: now), key)
  }

  private mutating func keep(_ entry: Entry, _ key: String) {
    if newer.count >= half && newer[key] == nil {
      older = newer
      newer = [:]
    }
    newer[key] = entry
  }
}
