import ArgumentParser
import Core
import Decisions
import Glibc
import Tokens

extension DataOptions {
  /// Calls `body` with the documents of keys, whose folder it creates if missing. On failure prints the problem and
  /// exits with 1.
  func withKeys<Value>(_ body: (any KeyStore) throws(TokenError) -> Value) throws -> Value {
    try actAsOwner()
    do throws(TokenError) {
      return try body(try keyStore())
    } catch {
      Output.note("error: \(error.reason)")
      throw ExitCode.couldNotStart
    }
  }

  /// Lets a command of root write as the owner of the data; read what is given before. On failure prints the problem
  /// and exits with 1.
  func actAsOwner() throws {
    do throws(ReadingError) {
      try DataDirectory.actAsOwner(of: data)
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// Does `body` as ``actAsOwner()`` does, and goes on as before.
  func asOwner(_ body: () throws -> Void) throws {
    let (user, group) = (geteuid(), getegid())
    try actAsOwner()
    defer {
      seteuid(user)
      setegid(group)
    }
    try body()
  }

  /// Notes an act by whoever runs the command, in the audit log of these data. On failure prints the problem and exits
  /// with 1.
  func note(_ what: String, _ details: (name: String, value: String)...) throws {
    do throws(StoreError) {
      try AuditLog(data: data).append(.local(what, details: details))
    } catch {
      Output.note("error: it can't be noted who did this: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// An operator's token for these data, which is noted. The default of one minute suffices for a command that sends it
  /// itself. On failure prints the problem and exits with 1.
  func mintOperatorToken(lifetimeSeconds: Int64? = 60) throws -> MintedToken {
    let now = WallClock.milliseconds()
    let token = try withKeys { (directory) throws(TokenError) in
      try OperatorTokens.mint(directory, lifetimeSeconds: lifetimeSeconds, now: now)
    }
    try note(
      IssuedToken.act, ("jti", token.identity.description), ("subject", OperatorTokens.subject),
      ("expires", String(now / 1000 + token.expiresInSeconds)))
    return token
  }
}

extension AuditEvent {
  /// An act of whoever runs this process.
  static func local(_ what: String, details: [(name: String, value: String)] = []) -> AuditEvent {
    AuditEvent(
      milliseconds: WallClock.milliseconds(), who: "local:\(getuid())", what: what, from: "command",
      details: details)
  }
}
