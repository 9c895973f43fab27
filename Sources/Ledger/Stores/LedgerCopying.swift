package import Core

/// A ledger that can be read as a whole, to be moved to another store. Nobody writes it meanwhile.
package protocol LedgerCopying: LedgerReading, CommittedRecordReading, LedgerAuditing {
  /// The ledger's name and its tallies.
  func identity() async throws(StoreError) -> LedgerIdentity
  /// Ids that were refused for good, above this one, or from the lowest on, in order. O(limit).
  func refusals(
    after id: Identifier?, limit: Int
  ) async throws(StoreError) -> [(id: Identifier, reason: RefusalReason)]
  /// What statements have beside their entries, above this hash, or from the lowest on, in order. O(limit).
  func attachments(after hash: String?, limit: Int) async throws(StoreError) -> [StatementAttachment]
}

/// What a statement has beside its entry, by a name that no library's statement shares.
package typealias StatementAttachment = Statement.Attachment
