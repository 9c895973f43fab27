import ArgumentParser
internal import Core
import Tokens

extension DataOptions {
  /// Calls `body` with the folder of keys, which it creates if missing. On failure prints the problem and exits with 1.
  func withKeys<Value>(_ body: (KeyDirectory) throws(TokenError) -> Value) throws -> Value {
    do throws(TokenError) {
      return try body(try KeyDirectory(data: data))
    } catch {
      Output.note("error: \(error.reason)")
      throw ExitCode.couldNotStart
    }
  }

  /// An operator's token for these data. The default of one minute suffices for a command that sends it itself. On
  /// failure prints the problem and exits with 1.
  func mintOperatorToken(lifetimeSeconds: Int64? = 60) throws -> MintedToken {
    try withKeys { (directory) throws(TokenError) in
      try OperatorTokens.mint(
        directory, lifetimeSeconds: lifetimeSeconds, now: IdentifierGenerator.nowMilliseconds())
    }
  }
}
