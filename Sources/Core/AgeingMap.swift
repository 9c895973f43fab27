/// A map that forgets: at most a limit of entries is kept, in two halves of which the older is dropped whole when the
/// newer is full. So nothing is ever searched for what to drop, and a flood of keys takes neither memory nor time.
package struct AgeingMap<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private let half: Int
  private var newer: [Key: Value] = [:]
  private var older: [Key: Value] = [:]

  /// Empty; keeps at most `limit` entries, and at least the last half of that.
  package init(limit: Int) { half = max(1, limit / 2) }

  /// How many entries are kept.
  package var count: Int { newer.count + older.count }

  /// The value kept under `key`. Reading doesn't make it younger; setting does. O(1) on average.
  package subscript(key: Key) -> Value? {
    get { newer[key] ?? older[key] }
    set {
      older[key] = nil
      guard let newValue else {
        newer[key] = nil
        return
      }
      if newer.count >= half && newer[key] == nil {
        older = newer
        newer = [:]
      }
      newer[key] = newValue
    }
  }
}
