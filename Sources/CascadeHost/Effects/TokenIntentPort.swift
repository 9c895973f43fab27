package import Core

/// Where `host.token.sign` goes: the rule gets what stands in for the token, which is minted after the commit.
package protocol TokenIntentPort: Sendable {
  /// What stands in for the token that `request` (`{"purpose","claims"}`) wants, under the id `id`.
  /// Throws why there will be none.
  func placeholder(for request: JSON, id: Identifier) throws(TokenIntentError) -> String
}

/// Why a rule gets no token.
package struct TokenIntentError: Error, Sendable {
  /// What is wrong.
  package var message: String

  /// An error with this message.
  package init(message: String) { self.message = message }
}

/// A host that signs nothing.
package struct NoTokens: TokenIntentPort {
  /// A host that signs nothing.
  package init() {}

  /// Throws always.
  package func placeholder(for request: JSON, id: Identifier) throws(TokenIntentError) -> String {
    throw TokenIntentError(message: "identity is not available")
  }
}
