/// Which decisions were asked for within the hour, by counts that only grow. A value: the caller brings the time.
struct RecentQuestions: Sendable {
  /// How long a question counts.
  static let span = Duration.seconds(3600)

  /// Questions that no lane counts.
  private var counted: [String: Int] = [:]
  /// The counts of earlier looks, oldest first; the first may be older than the hour, the others aren't.
  private var looks: [(at: ContinuousClock.Instant, counts: [String: Int])] = []
  /// The shortest time between two looks that are kept.
  private static let step = Duration.seconds(60)

  /// Counts a question that was just asked.
  mutating func count(_ point: String) { counted[point, default: 0] += 1 }

  /// The decisions whose counts, with `runs` of the lanes, grew within the hour. O(decisions).
  mutating func recent(with runs: [String: Int], at now: ContinuousClock.Instant) -> Set<String> {
    let counts = runs.merging(counted, uniquingKeysWith: +)
    while looks.count > 1, now - looks[1].at >= Self.span { looks.removeFirst() }
    let before = looks.first.flatMap { now - $0.at >= Self.span ? $0.counts : nil } ?? [:]
    if looks.last.map({ now - $0.at >= Self.step }) ?? true { looks.append((now, counts)) }
    return Set(counts.filter { $0.value > before[$0.key] ?? 0 }.keys)
  }
}
