internal import Core

/// The challenges that wait for their answer. Decides only: nonces and time come from outside.
///
/// A nonce counts once, for one name, for a limited time; whoever presents it uses it up, rightly or not.
struct ChallengeBook: Sendable {
  private struct Entry: Sendable {
    var name: [UInt8]
    var expiry: Int64
  }

  private let life: Int64
  private let limit: Int
  private var entries: [ExactText: Entry] = [:]
  /// Nonces as they came, hence by expiry; those before `first` are gone.
  private var order: [String] = []
  private var first = 0

  /// An empty book; a challenge lives `life` milliseconds, and at most `limit` are held.
  init(life: Int64, limit: Int) {
    self.life = life
    self.limit = limit
  }

  /// How many wait.
  var count: Int { entries.count }

  /// Writes down a challenge made at `now`, milliseconds since 1970. O(1) on average.
  mutating func add(_ nonce: String, for name: String, now: Int64) {
    while first < order.count {
      let entry = entries[order[first]]
      // Used up, over, or one too many.
      guard entry.map({ now >= $0.expiry || order.count - first >= limit }) ?? true else { break }
      entries[order[first]] = nil
      first += 1
    }
    if first > order.count / 2 {
      order.removeFirst(first)
      first = 0
    }
    entries[nonce] = Entry(name: Array(name.utf8), expiry: now + life)
    order.append(nonce)
  }

  /// Uses up the nonce: whether it was open for exactly this name at `now`. O(1) on average.
  mutating func redeem(_ nonce: String, for name: String, now: Int64) -> Bool {
    guard let entry = entries.removeValue(forKey: ExactText(nonce)) else { return false }
    return now < entry.expiry && entry.name.elementsEqual(name.utf8)
  }
}
