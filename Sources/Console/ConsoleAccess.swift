package import Core
internal import Cryptography
internal import Synchronization
package import Tokens

/// The one-time code that opens the console's page, as Jupyter does it: it stands in the fragment of a link, which
/// browsers send nowhere, and is good for one operator's token, once, for five minutes.
package final class ConsoleAccess: Sendable {
  /// How long a code is good.
  package static let life = Duration.seconds(300)

  private let minter: TokenMinter
  private let codes: any ExpiringStore
  private let now: @Sendable () -> Int64
  /// Where the last code is kept.
  private let last = Mutex<ExpiringKey?>(nil)

  /// Gives tokens that `minter` makes for codes in `codes`. `now`, in milliseconds since 1970, is for tests.
  package init(
    _ minter: TokenMinter, codes: any ExpiringStore,
    now: @escaping @Sendable () -> Int64 = { WallClock.milliseconds() }
  ) {
    self.minter = minter
    self.codes = codes
    self.now = now
  }

  /// A new code of 256 random bits, in place of an earlier one: for the link on the operator's terminal alone. Throws
  /// when it can't be kept.
  package func makeCode() async throws(StoreError) -> String {
    let text = Base64URL.text(SecureRandom.bytes(32))
    let key = Self.key(text)
    let earlier = last.withLock { last in
      defer { last = key }
      return last
    }
    if let earlier { _ = try await codes.take(earlier) }
    try await codes.put([], under: key, for: Self.life)
    return text
  }

  /// Uses up the code: an operator's token when it is the right one, in time and for the first time; else nil. Throws
  /// when no token can be signed, or the store can't tell whether the code is good.
  package func redeem(_ text: String) async throws -> MintedToken? {
    guard try await codes.take(Self.key(text)) != nil else { return nil }
    return try minter.mint(.operator, subject: "console", now: now())
  }

  /// The store has a code's hash only, so the time of the lookup tells nothing about the code.
  private static func key(_ text: String) -> ExpiringKey {
    ExpiringKey(.consoleCodes, Hexadecimal.text(SHA256.hash(Array(text.utf8))))
  }
}
