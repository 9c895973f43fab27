/// The refusals that a decision ends with when it asks the host for what can't be, by their codes.
package enum HostRefusal: String, Sendable, CaseIterable {
  /// A name, or a text that `account` was given, makes no legal account.
  case illegalAccount = "illegal_account"
  /// A period has too little left of what a limit counts.
  case limitExceeded = "limit_exceeded"
}
