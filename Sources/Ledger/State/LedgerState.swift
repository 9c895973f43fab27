package import Core

/// The ledger as a value: what it holds, and what a submission does to it. It decides; a store keeps.
///
/// It looks only at what was loaded (``WorkingSet``), and what isn't loaded is an error, never something that isn't
/// there. So a store may keep as much of the ledger in memory as it likes: all of it, or what ``needs(of:now:)`` names.
package struct LedgerState: Sendable {
  /// What is in memory.
  package var loaded: WorkingSet
  package let limits: LedgerLimits

  /// A state that looks at this.
  package init(_ loaded: WorkingSet, limits: LedgerLimits = LedgerLimits()) {
    self.loaded = loaded
    self.limits = limits
  }

  /// An empty ledger, all of which is in memory.
  package init(limits: LedgerLimits = LedgerLimits()) { self.init(.empty, limits: limits) }

  /// The accounts that are loaded.
  package var accounts: Loaded<AccountKey, Account> { loaded.accounts }
  /// The holds that are loaded and neither posted nor voided, expired ones included until swept.
  package var openHolds: Loaded<Identifier, Hold> { loaded.openHolds }
}

/// Where the chain of hashes ends.
package struct LedgerHead: Sendable, Hashable {
  /// Entries so far, which is the last one's sequence.
  package var sequence: Int64
  /// The last entry's time, nanoseconds since 1970; 0 before the first.
  package var timestamp: Int64
  /// The last entry's hash; 32 zero bytes before the first.
  package var hash: [UInt8]
  /// The first entry that names the record of the decision that made it; 0 while none does. From it on, each does.
  package var recordedFrom: Int64

  /// A head; by default that of an empty ledger.
  package init(
    sequence: Int64 = 0, timestamp: Int64 = 0, hash: [UInt8] = Entry.firstHash, recordedFrom: Int64 = 0
  ) {
    self.sequence = sequence
    self.timestamp = timestamp
    self.hash = hash
    self.recordedFrom = recordedFrom
  }

  /// The head after `stored`, which follows this one. O(1).
  package func followed(by stored: StoredEntry) -> LedgerHead {
    let entry = stored.entry
    let first = recordedFrom == 0 && entry.record != nil ? entry.sequence : recordedFrom
    return LedgerHead(
      sequence: entry.sequence, timestamp: entry.timestamp, hash: stored.hash, recordedFrom: first)
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
