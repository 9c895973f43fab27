import ArgumentParser
import Core
import Tokens

/// `cascade token operator`: prints an operator's token.
struct PrintOperatorToken: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operator", abstract: "Prints an operator's token for the admin routes.",
    discussion: "`cascade token verify` shows its jti, and `cascade token revoke` revokes it by that.")

  @OptionGroup var options: DataOptions
  @Option(help: "The lifetime: seconds, or 90s, 30m, 8h; a day at most.")
  var lifetime = Lifetime(seconds: TokenPurpose.operator.usualSeconds)

  func validate() throws {
    guard lifetime.seconds <= TokenPurpose.operator.maximumSeconds else {
      throw ValidationError("--lifetime is at most \(TokenPurpose.operator.maximumSeconds) seconds")
    }
  }

  func run() throws { Output.write(try options.mintOperatorToken(lifetimeSeconds: lifetime.seconds).text + "\n") }
}

/// `cascade token revoke`: revokes a token before it expires.
struct RevokeToken: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Revokes an access token by its jti.",
    discussion: "A running host notices within a second. A citizen's session continues until the citizen signs out.")

  @Argument(help: "The token's jti, a UUID; not the token.") var jti: String
  @OptionGroup var options: DataOptions

  func validate() throws {
    if Identifier(jti) == nil { throw ValidationError("'\(jti.prefix(40))' is no jti: it is a UUID") }
  }

  func run() throws {
    guard let identity = Identifier(jti) else { return }
    try options.withKeys { (directory) throws(TokenError) in
      let now = WallClock.milliseconds()
      // Every token of this host has expired by then.
      let expiry = now / 1000 + TokenPurpose.longestSeconds
      try RevocationList(directory, now: now).revoke(identity, expiry: expiry)
    }
    try options.note(IssuedToken.revocation, ("jti", identity.description))
  }
}
