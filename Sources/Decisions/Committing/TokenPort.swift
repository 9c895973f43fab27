package import Core
package import Tokens

/// Where `host.token.sign` goes: the rule gets what stands in for the token, which is minted after the commit.
package protocol TokenPort: Sendable {
  /// Throws why no token can be signed at all.
  func checkAvailable() throws(TokenError)
  /// The token that `request` asks for, as it was granted. Throws when it can't be signed now.
  func token(
    for request: TokenRequest, identity: Identifier, grant: TokenGrant, now: Int64
  ) throws(TokenError) -> String
}

/// A host that signs nothing.
package struct NoTokens: TokenPort {
  /// A host that signs nothing.
  package init() {}

  /// Throws that the host signs nothing.
  package func checkAvailable() throws(TokenError) { throw Self.error }

  /// Throws that the host signs nothing.
  package func token(
    for request: TokenRequest, identity: Identifier, grant: TokenGrant, now: Int64
  ) throws(TokenError) -> String { throw Self.error }

  private static let error = TokenError("identity is not available")
}

/// A host that signs with the keys of its issuer.
package struct MintedTokens: TokenPort {
  private let minter: TokenMinter

  /// Signs as `minter` does.
  package init(_ minter: TokenMinter) { self.minter = minter }

  /// A ring that was read always has a key.
  package func checkAvailable() throws(TokenError) {}

  /// See ``TokenMinter/mint(_:identity:grant:now:)``.
  package func token(
    for request: TokenRequest, identity: Identifier, grant: TokenGrant, now: Int64
  ) throws(TokenError) -> String {
    try minter.mint(request, identity: identity, grant: grant, now: now).text
  }
}
