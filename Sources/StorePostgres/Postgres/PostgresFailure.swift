internal import Core

/// What PostgreSQL, or the way to it, said no with.
struct PostgresFailure: Error, CustomStringConvertible {
  /// Five characters that PostgreSQL gives each kind of error ("PostgreSQL Error Codes"); empty when the connection
  /// broke without one.
  var state: String
  /// Its words, without a password.
  var message: String
  /// Whether the connection is of no more use.
  var isBroken: Bool

  var description: String { state.isEmpty ? message : "\(message) (\(state))" }

  /// Whether nothing was written and the same may work a moment later: another transaction was in the way, or the
  /// server wasn't there.
  var isPassing: Bool { isBroken || Self.passing.contains(state) }

  /// Whether it is about what was sent, so that a batch without the one to blame may pass.
  var isAboutContent: Bool { state.begins(with: "22") || state.begins(with: "23") || state.begins(with: "54") }

  /// Waited too long for a lock, serialisation failed, deadlock.
  private static let passing: Set<String> = ["55P03", "40001", "40P01"]
}

extension StoreError {
  /// What a failure means that came while `action` was done ("reading the ledger"); nothing was written.
  init(_ failure: PostgresFailure, while action: String) {
    let cause = failure.description
    switch failure.state {
    case "55P03":
      self.init(
        .locked, "\(action) failed: another host's transaction was in the way; try again", cause: cause,
        retryAfter: .seconds(1))
    case "53100":
      self.init(.full, "\(action) failed: PostgreSQL has no space left; free some and try again", cause: cause)
    case "57014":
      self.init(
        .overloaded, "\(action) took PostgreSQL too long; try again later", cause: cause, retryAfter: .seconds(1))
    case _ where failure.state.begins(with: "53"):
      self.init(
        .overloaded, "\(action) failed: PostgreSQL lacks room or connections; try again later", cause: cause,
        retryAfter: .seconds(1))
    case _ where failure.state.begins(with: "XX00"), _ where failure.state.begins(with: "42"),
      _ where failure.state.begins(with: "23"):
      self.init(
        .corrupt, "\(action) failed: the tables aren't as they should be; run 'cascade store check'", cause: cause)
    case _ where failure.isBroken:
      self.init(
        .io, "\(action) failed: PostgreSQL can't be reached; nothing was written, try again", cause: cause,
        retryAfter: .seconds(1))
    default: self.init(.io, "\(action) failed", cause: cause)
    }
  }
}
