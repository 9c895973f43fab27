package import Core

/// Everything a submission or a sweep changed: what a store must write, and what whoever follows the ledger takes in.
package struct LedgerChanges: Sendable {
  /// Accounts as they were after each chain. Of one account the last counts, which is the one of the highest version.
  package var accounts: [Account] = []
  /// New entries in order.
  package var entries: [StoredEntry] = []
  /// Ids refused for good.
  package var refusals: [(id: Identifier, reason: RefusalReason)] = []
  /// Holds made, each maybe also in ``closed``.
  package var opened: [Hold] = []
  /// Holds that are over.
  package var closed: [Identifier] = []
  package var records: [DecisionRecord] = []
  /// What statements have beside their entries; one that is kept already may be among them.
  package var attachments: [Statement.Attachment] = []

  package init() {}

  /// Whether there is nothing to write.
  package var isEmpty: Bool { entries.isEmpty && refusals.isEmpty && records.isEmpty }

  /// Adds what changed after it. O(`later`).
  package mutating func append(_ later: LedgerChanges) {
    accounts += later.accounts
    entries += later.entries
    refusals += later.refusals
    opened += later.opened
    closed += later.closed
    records += later.records
    attachments += later.attachments
  }
}

/// What became of a submission that was committed.
package struct Committed: Sendable {
  /// The answer to it.
  package var receipt: Receipt
  /// What it changed, after what the sweep before it changed.
  package var changes: LedgerChanges

  /// `receipt`, with what was written for it.
  package init(_ receipt: Receipt, _ changes: LedgerChanges) {
    self.receipt = receipt
    self.changes = changes
  }
}
