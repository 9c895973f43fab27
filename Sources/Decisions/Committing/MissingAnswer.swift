package import Core

/// What a run asked for that the host didn't hold: the host fetches it, and the decision runs again with it.
package enum MissingAnswer: Sendable, Hashable {
  /// The balance of an account.
  case account(AccountName)
  /// The hold that the transfer of this id made.
  case hold(Identifier)
}
