internal import Core

/// A cache of answers that forgets those that nobody asked for lately, and those that are too old.
struct AnswerCache<Answer: Sendable>: Sendable {
  private struct Entry: Sendable {
    var answer: Answer
    var since: ContinuousClock.Instant
  }

  private let life: Duration
  private var entries: AgeingMap<ExactText, Entry>

  /// Keeps at most `limit` answers, each for `life`.
  init(life: Duration, limit: Int) {
    self.life = life
    entries = AgeingMap(limit: limit)
  }

  /// The number of cached answers.
  var count: Int { entries.count }

  /// The answer for `key`; nil without one, and when it is too old at `now`. O(1).
  mutating func answer(_ key: String, now: ContinuousClock.Instant) -> Answer? {
    let key = ExactText(key)
    guard let entry = entries[key] else { return nil }
    // A hit makes it young again; one that is too old goes.
    entries[key] = now - entry.since < life ? entry : nil
    return entries[key]?.answer
  }

  /// Keeps an answer given at `now`. O(1) on average.
  mutating func keep(_ answer: Answer, for key: String, now: ContinuousClock.Instant) {
    entries[ExactText(key)] = Entry(answer: answer, since: now)
  }
}
