package import Core

/// The ledger as a value: what it holds, and what a submission does to it. It decides; a store keeps.
///
/// Accounts and open holds are held whole. Of the past (``history``) it needs only what a submission names, so a
/// store may load that before and drop it after.
package struct LedgerState: Sendable {
  /// Every account by its key.
  package internal(set) var accounts: [AccountKey: Account]
  /// Every hold that is neither posted nor voided, expired ones included until swept.
  package internal(set) var openHolds: [Identifier: Hold]
  /// Those of them that expire, soonest first.
  var expiries = ExpiryQueue()
  /// Those of them that were due at the last sweep, which had no room for them.
  var overdue = OverdueHolds()
  /// The last entry's sequence, time and hash.
  package internal(set) var head: LedgerHead
  /// What is known of the past.
  package var history = History()
  /// What is bounded.
  package let limits: LedgerLimits

  /// An empty ledger.
  package init(limits: LedgerLimits = LedgerLimits()) {
    self.init(accounts: [], holds: [], head: LedgerHead(), limits: limits)
  }

  /// A ledger as a store kept it. O(accounts + holds · log holds).
  package init(accounts: [Account], holds: [Hold], head: LedgerHead, limits: LedgerLimits = LedgerLimits()) {
    self.accounts = Dictionary(accounts.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    self.openHolds = Dictionary(holds.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    self.head = head
    self.limits = limits
    for hold in holds { expiries.insert(hold) }
  }
}

/// Where the chain of hashes ends.
package struct LedgerHead: Sendable, Hashable {
  /// Entries so far, which is the last one's sequence.
  package var sequence: Int64
  /// The last entry's time, nanoseconds since 1970; 0 before the first.
  package var timestamp: Int64
  /// The last entry's hash; 32 zero bytes before the first.
  package var hash: [UInt8]

  /// A head; by default that of an empty ledger.
  package init(sequence: Int64 = 0, timestamp: Int64 = 0, hash: [UInt8] = Entry.firstHash) {
    self.sequence = sequence
    self.timestamp = timestamp
    self.hash = hash
  }
}

/// What a submission may ask of the past.
package struct History: Sendable {
  /// Entries by id.
  package var entries: [Identifier: StoredEntry] = [:]
  /// Refused ids, each with its first reason.
  package var refusals: [Identifier: RefusalReason] = [:]
  /// Holds that are over, by the hold's id.
  package var resolutions: [Identifier: Resolution] = [:]
  /// How much of an entry has been reversed, minor units, by the entry's id.
  package var reversed: [Identifier: Int64] = [:]
  /// Decision records by id.
  package var records: [Identifier: [UInt8]] = [:]

  /// Nothing.
  package init() {}

  /// Forgets everything, but keeps the room for as much again.
  package mutating func removeAll() {
    entries.removeAll(keepingCapacity: true)
    refusals.removeAll(keepingCapacity: true)
    resolutions.removeAll(keepingCapacity: true)
    reversed.removeAll(keepingCapacity: true)
    records.removeAll()
  }
}

/// How a hold ended.
package enum Resolution: Sendable, Equatable {
  case posted, voided, expired

  /// What `entry` did to the hold it names; nil when it resolves none.
  package init?(_ entry: Entry) {
    switch entry.kind {
    case .post: self = .posted
    case .void: self = entry.isExpiry ? .expired : .voided
    default: return nil
    }
  }

  /// Why the hold can't be resolved again.
  var refusal: RefusalReason {
    switch self {
    case .posted: .pendingAlreadyPosted
    case .voided: .pendingAlreadyVoided
    case .expired: .pendingExpired
    }
  }
}

/// What a store must write: everything a submission changed.
package struct LedgerChanges: Sendable {
  /// Accounts as they are now.
  package var accounts: [AccountKey: Account] = [:]
  /// New entries in order.
  package var entries: [StoredEntry] = []
  /// Ids refused for good.
  package var refusals: [(id: Identifier, reason: RefusalReason)] = []
  /// Holds made, each maybe also in ``closed``.
  package var opened: [Hold] = []
  /// Holds that are over.
  package var closed: [Identifier] = []
  /// Records to keep.
  package var records: [DecisionRecord] = []

  /// Nothing, with room for what `events` transfers change.
  package init(events: Int = 0) {
    accounts.reserveCapacity(2 * events)
    entries.reserveCapacity(events)
  }

  /// Whether there is nothing to write.
  package var isEmpty: Bool { entries.isEmpty && refusals.isEmpty && records.isEmpty }
}
