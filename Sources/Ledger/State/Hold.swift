package import Core

/// Money set aside.
package struct Hold: Sendable, Hashable {
  /// The id of the transfer that made it.
  package var id: Identifier
  /// The account it will debit.
  package var from: AccountName
  /// The account it will credit.
  package var to: AccountName
  /// How much is set aside.
  package var amount: Amount
  /// Nanoseconds since 1970 from which on it can no longer be resolved; nil for never.
  package var expiresAt: Int64?

  /// The hold that `entry` made; nil when it made none.
  package init?(_ entry: Entry) {
    guard entry.kind == .hold, let posting = entry.postings.first else { return nil }
    id = entry.id
    from = posting.source
    to = posting.destination
    amount = posting.amount
    let timeout = Int64(entry.timeoutSeconds)
    expiresAt = timeout == 0 ? nil : entry.timestamp.adding(saturating: timeout * 1_000_000_000)
  }

  /// Whether it can no longer be resolved at `timestamp`.
  package func isExpired(at timestamp: Int64) -> Bool { expiresAt.map { $0 <= timestamp } ?? false }
}

/// The holds that expire, soonest first: a binary heap. A hold resolved otherwise stays until its time comes.
struct ExpiryQueue: Sendable {
  private var heap: [(expiresAt: Int64, id: Identifier)] = []

  /// O(log n).
  mutating func insert(_ hold: Hold) {
    guard let expiresAt = hold.expiresAt else { return }
    heap.append((expiresAt, hold.id))
    var child = heap.count - 1
    while child > 0, precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  /// The soonest hold due at `timestamp`, removed; nil when none is. O(log n).
  mutating func removeFirst(dueAt timestamp: Int64) -> Identifier? {
    guard let first = heap.first, first.expiresAt <= timestamp else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) {
        least = child
      }
      if least == parent { return first.id }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].expiresAt, heap[left].id) < (heap[right].expiresAt, heap[right].id)
  }
}

/// Holds whose time is over and that wait for their release: in the order they came, and by account.
struct OverdueHolds: Sendable {
  private var queue: [Identifier] = []
  /// How many of the queue are gone.
  private var gone = 0
  private var byAccount: [AccountName: [Identifier]] = [:]

  var isEmpty: Bool { queue.isEmpty }

  /// O(1).
  mutating func append(_ hold: Hold) {
    queue.append(hold.id)
    for name in [hold.from, hold.to] { byAccount[name, default: []].append(hold.id) }
  }

  /// The first, which may have been released meanwhile; nil when none is left. O(1).
  mutating func removeFirst() -> Identifier? {
    if gone == queue.count {
      if gone > 0 { self = OverdueHolds() }
      return nil
    }
    gone += 1
    return queue[gone - 1]
  }

  /// Those of an account, which stay in the queue, and some of which may have been released meanwhile. O(they).
  mutating func remove(of account: AccountName) -> [Identifier] { byAccount.removeValue(forKey: account) ?? [] }
}
