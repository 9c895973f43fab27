internal import Core
internal import Cryptography
internal import Synchronization
package import Tokens

/// The one-time code with which the console's page is opened, as Jupyter does: it stands in the fragment of a link,
/// which browsers send nowhere, and is good for one operator's token, once, for five minutes.
package final class ConsoleAccess: Sendable {
  private struct Code {
    var secret: Secret
    var expiry: ContinuousClock.Instant
  }

  /// How long a code is good.
  package static let life = Duration.seconds(300)

  private let minter: TokenMinter
  private let clock: @Sendable () -> ContinuousClock.Instant
  private let now: @Sendable () -> Int64
  private let code = Mutex<Code?>(nil)

  /// Gives tokens that `minter` makes. `clock` and `now`, in milliseconds since 1970, are for tests.
  package init(
    _ minter: TokenMinter, clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
    now: @escaping @Sendable () -> Int64 = { IdentifierGenerator.nowMilliseconds() }
  ) {
    self.minter = minter
    self.clock = clock
    self.now = now
  }

  /// A new code of 256 random bits, in place of an earlier one: for the link on the operator's terminal alone.
  package func makeCode() -> String {
    let text = Base64URL.text(SecureRandom.bytes(32))
    code.withLock { $0 = Code(secret: Secret(text.utf8), expiry: clock() + Self.life) }
    return text
  }

  /// Uses up the code: an operator's token when it is the right one, in time and for the first time; else nil. The time
  /// it takes tells nothing of the code. Throws when no token can be signed.
  package func redeem(_ text: String) throws(TokenError) -> MintedToken? {
    let given = Secret(text.utf8)
    let isRight = code.withLock { code in
      guard let known = code else { return false }
      if clock() >= known.expiry {
        code = nil
        return false
      }
      guard known.secret == given else { return false }
      code = nil
      return true
    }
    return try isRight ? minter.mint(.operator, subject: "console", now: now()) : nil
  }
}
