internal import Synchronization

/// Expiring values that end with the process at the latest.
package final class MemoryExpiringStore: ExpiringStore {
  /// When a value ends, and its number among all that were put.
  private struct Entry {
    var value: [UInt8]
    var end: ContinuousClock.Instant
    var number: Int
  }

  /// The values of one room, oldest first.
  private struct Shelf {
    var entries: [ExactText: Entry] = [:]
    /// Names as they were put; those before `first` are gone.
    var order: [(name: ExactText, number: Int)] = []
    var first = 0
    var put = 0

    /// Drops what is over, used up, replaced, or one too many. O(1) on average.
    mutating func makeRoom(_ limit: Int, at now: ContinuousClock.Instant) {
      while first < order.count {
        let (name, number) = order[first]
        if let entry = entries[name], entry.number == number {
          // What was taken leaves its name here, so the names are limited, too.
          guard now >= entry.end || entries.count >= limit || order.count - first >= 2 * limit else { break }
          entries[name] = nil
        }
        first += 1
      }
      if first > order.count / 2 {
        order.removeFirst(first)
        first = 0
      }
    }
  }

  private let shelves = Mutex<[ExpiringKey.Room: Shelf]>([:])
  private let limit: Int
  private let now: @Sendable () -> ContinuousClock.Instant

  /// An empty store of at most `limit` values a room. `now` is for tests.
  package init(
    limit: Int = ExpiringLimits.values, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) {
    self.limit = limit
    self.now = now
  }

  /// How many values of a room are kept, with those that are over and not yet dropped.
  package func count(_ room: ExpiringKey.Room) -> Int { shelves.withLock { $0[room]?.entries.count ?? 0 } }

  /// See ``ExpiringStore/put(_:under:for:)``. O(1) on average.
  package func put(_ value: [UInt8], under key: ExpiringKey, for life: Duration) async throws(StoreError) {
    try ExpiringLimits.check(value)
    let now = now()
    shelves.withLock { shelves in
      var shelf = shelves.removeValue(forKey: key.room) ?? Shelf()
      let name = ExactText(key.name)
      shelf.entries[name] = nil
      shelf.makeRoom(limit, at: now)
      shelf.put += 1
      shelf.entries[name] = Entry(value: value, end: now + life, number: shelf.put)
      shelf.order.append((name, shelf.put))
      shelves[key.room] = shelf
    }
  }

  /// See ``ExpiringStore/value(under:)``. O(1).
  package func value(under key: ExpiringKey) async throws(StoreError) -> [UInt8]? {
    let now = now()
    return shelves.withLock { shelves in
      shelves[key.room]?.entries[ExactText(key.name)].flatMap { now < $0.end ? $0.value : nil }
    }
  }

  /// See ``ExpiringStore/take(_:)``. O(1).
  package func take(_ key: ExpiringKey) async throws(StoreError) -> [UInt8]? {
    let now = now()
    return shelves.withLock { shelves in
      shelves[key.room]?.entries.removeValue(forKey: ExactText(key.name)).flatMap { now < $0.end ? $0.value : nil }
    }
  }
}
