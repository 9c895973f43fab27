internal import Core

/// The open holds that expire, as far as they are loaded, and those of them that were due at the last sweep, which had
/// no room for them.
package struct DueHolds: Sendable {
  private var queue = ExpiryQueue()
  /// All open holds that expire at this moment or before are loaded.
  private var horizon: Int64
  /// How many of the soonest are loaded beyond ``horizon``.
  private var soonest = 0
  private var overdue: [Identifier] = []
  /// How many of ``overdue`` are gone.
  private var gone = 0
  private var byAccount: Loaded<AccountName, [Identifier]>
  /// Those that were loaded because they are due.
  private(set) var brought: [Identifier] = []

  package init() {
    horizon = .min
    byAccount = Loaded()
  }

  /// All that are open. O(holds · log holds).
  package init(whole holds: some Sequence<Hold>) {
    horizon = .max
    byAccount = Loaded(whole: [])
    for hold in holds { queue.insert(hold) }
  }

  /// Whether a sweep at `now` that releases `limit` holds would ask for more than is loaded.
  func lacks(_ limit: Int, at now: Int64) -> Bool { horizon < now && soonest < limit }

  /// Whether some may be due that no sweep has released yet.
  func mayRemain(at now: Int64) -> Bool { horizon < now || gone < overdue.count }

  /// Whether the holds of `account` that are due at `now` have to be loaded before they can be released.
  func lacks(_ account: AccountName, at now: Int64) -> Bool { horizon < now && !byAccount.isLoaded(account) }

  /// Takes in the soonest that are due at `now`: all of them, or only the first when there are more. O(holds · log).
  mutating func load(_ holds: [Hold], areAll: Bool, at now: Int64) {
    for hold in holds {
      queue.insert(hold)
      brought.append(hold.id)
    }
    if areAll {
      horizon = now
      byAccount.becomeWhole()
    } else {
      soonest += holds.count
    }
  }

  /// Takes in all of `account` that are due. O(holds).
  mutating func load(_ holds: [Hold], of account: AccountName) {
    byAccount.keep(holds.map(\.id), of: account)
    brought += holds.map(\.id)
  }

  /// Adds a hold that was just made. O(log holds).
  mutating func insert(_ hold: Hold) { queue.insert(hold) }

  /// The next that is due at `now`, which may have been resolved meanwhile, and is removed; nil when none is. Throws
  /// when there may be one that isn't loaded. O(log holds).
  mutating func removeFirst(at now: Int64) throws(NotLoaded) -> Identifier? {
    if gone < overdue.count {
      gone += 1
      return overdue[gone - 1]
    }
    if gone > 0 {
      (overdue, gone) = ([], 0)
      if byAccount.isWhole { byAccount = Loaded(whole: []) }
    }
    if let id = queue.removeFirst(dueAt: now) { return id }
    if horizon < now { throw NotLoaded(.dueHolds) }
    return nil
  }

  /// Sets aside what is due at `now` and open, for the next sweep or for whoever asks for an account. O(due · log).
  mutating func setAside(at now: Int64, _ open: (Identifier) -> Hold?) {
    while let id = queue.removeFirst(dueAt: now) {
      guard let hold = open(id) else { continue }
      overdue.append(id)
      for name in [hold.from, hold.to] where byAccount.isLoaded(name) {
        byAccount.change(name, from: []) { $0.append(id) }
      }
    }
  }

  /// Those of an account that are due at `now`: they stay set aside, and some may have been released meanwhile. Throws
  /// when they aren't loaded. O(they).
  mutating func remove(of account: AccountName, at now: Int64) throws(NotLoaded) -> [Identifier] {
    if !mayRemain(at: now) { return [] }
    let ids = try byAccount.value(account, NotLoaded(.dueHoldsOfAccount, account.text)) ?? []
    byAccount.keep([], of: account)
    return ids
  }
}

/// The holds that expire, soonest first: a binary heap. A hold resolved otherwise stays until its time comes.
struct ExpiryQueue: Sendable {
  private var heap: [(expiresAt: Int64, id: Identifier)] = []

  /// Adds a hold that expires. O(log n).
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
