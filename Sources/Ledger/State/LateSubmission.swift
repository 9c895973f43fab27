package import Core

/// A ledger as it is at the moment when a submission's turn has come.
package protocol LedgerLook {
  /// The account of this name, which isn't `world`; nil when there is none.
  func account(_ name: AccountName) throws(StoreError) -> Account?
  /// The entry with this id; nil when there is none.
  func entry(_ id: Identifier) throws(StoreError) -> StoredEntry?
}

/// A submission that is made when its turn has come, while the store waits for it: what it looks at can't change before
/// it is committed. For the few that would otherwise meet conflicts again and again, as everybody else waits too.
package struct LateSubmission: Sendable {
  /// Makes the submission; nil brings nothing. It may block, as it runs on a thread that may.
  package let make: @Sendable (any LedgerLook) throws(StoreError) -> Submission?

  /// A submission that `make` makes.
  package init(_ make: @escaping @Sendable (any LedgerLook) throws(StoreError) -> Submission?) { self.make = make }
}
