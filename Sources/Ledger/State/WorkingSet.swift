package import Core

/// What of a ledger is in memory: all that a ``LedgerState`` may look at.
package struct WorkingSet: Sendable {
  /// Where the chain of hashes ends; nil when it isn't loaded.
  package var head: LedgerHead?
  /// The generation of the rules that decides on all hosts; nil where the ledger knows of none.
  package var generation: Int64?
  /// How many holds are open; nil when it isn't loaded.
  package var openHoldCount: Int?
  /// Accounts by their keys.
  package var accounts = Loaded<AccountKey, Account>()
  /// Holds that are neither posted nor voided, expired ones included until swept.
  package private(set) var openHolds = Loaded<Identifier, Hold>()
  /// Those of them that expire.
  var due = DueHolds()
  /// Holds that were open when they were loaded and are over since.
  private var closedHolds: [Identifier: Hold] = [:]
  /// What is known of the past.
  package var past = Past()

  /// Nothing: a store loads what ``LedgerState/needs(of:now:)`` names.
  package init() {}

  /// All accounts and all open holds, and nothing of the past. O(accounts + holds · log holds).
  package init(allAccounts accounts: [Account], holds: [Hold], head: LedgerHead) {
    self.head = head
    self.accounts = Loaded(whole: accounts.lazy.map { ($0.key, $0) })
    openHolds = Loaded(whole: holds.lazy.map { ($0.id, $0) })
    openHoldCount = openHolds.count
    due = DueHolds(whole: holds)
  }

  /// All of a ledger without entries.
  package static var empty: WorkingSet {
    var empty = WorkingSet(allAccounts: [], holds: [], head: LedgerHead())
    empty.past = .empty
    return empty
  }

  /// Takes in what is known of a hold: that it is open, or that it isn't. O(1).
  package mutating func load(_ hold: Hold?, _ id: Identifier) { openHolds.keep(hold, of: id) }

  /// Takes in the open holds that are due at `now`, the soonest first: all of them, or only so many as one sweep
  /// releases. O(holds · log holds).
  package mutating func load(due holds: [Hold], areAll: Bool, at now: Int64) {
    for hold in holds { openHolds.keep(hold, of: hold.id) }
    due.load(holds, areAll: areAll, at: now)
  }

  /// Takes in all open holds of `account` that are due. O(holds).
  package mutating func load(due holds: [Hold], of account: AccountName) {
    for hold in holds { openHolds.keep(hold, of: hold.id) }
    due.load(holds, of: account)
  }

  /// What a hold keeps or kept, while it is known without its entry. O(1).
  func amount(ofHold id: Identifier) -> Amount? { (openHolds[id] ?? closedHolds[id])?.amount }

  /// Nothing of the past is loaded any more; the room for as much again stays.
  package mutating func forgetPast() {
    past.forget()
    closedHolds.removeAll()
  }

  /// Counts holds that were made, then those that are over.
  mutating func change(opened: [Hold], closed: some Sequence<Identifier>) {
    for hold in opened {
      openHolds.keep(hold, of: hold.id)
      due.insert(hold)
      openHoldCount? += 1
    }
    for id in closed {
      // Their entries may not be loaded.
      if let hold = openHolds[id], !past.entries.isWhole { closedHolds[id] = hold }
      openHolds.keep(nil, of: id)
      openHoldCount? -= 1
    }
  }
}

/// What a submission may ask of the past.
package struct Past: Sendable {
  package var entries = Loaded<Identifier, StoredEntry>()
  /// Refused ids, each with its first reason.
  package var refusals = Loaded<Identifier, RefusalReason>()
  /// Holds that are over, by the hold's id.
  package var resolutions = Loaded<Identifier, Resolution>()
  /// How much of an entry has been reversed, minor units, by the entry's id; no value when none was.
  package var reversed = Loaded<Identifier, Int64>()
  /// Decision records by id.
  package var records = Loaded<Identifier, [UInt8]>()

  package init() {}

  /// All of a ledger without entries.
  package static var empty: Past {
    var past = Past()
    past.entries = Loaded(whole: [])
    past.refusals = Loaded(whole: [])
    past.resolutions = Loaded(whole: [])
    past.reversed = Loaded(whole: [])
    past.records = Loaded(whole: [])
    return past
  }

  /// Nothing is loaded any more; the room for as much again stays.
  mutating func forget() {
    entries.forget()
    refusals.forget()
    resolutions.forget()
    reversed.forget()
    records.forget()
  }
}
