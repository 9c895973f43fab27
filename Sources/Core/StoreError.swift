/// Why a store could not do its work: a ledger, a log, a graph, sessions, payments, rulebooks.
///
/// What a store's rules refuse, such as a transfer without funds, is no error but an answer.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong. The raw value is its name on the wire, in messages and in metrics.
  package enum Code: String, Sendable, CaseIterable {
    /// Another process has the data.
    case locked
    /// No space is left; nothing was written, and writes may work again later.
    case full
    /// Reading or writing failed. Of a failed write nobody knows what the disk holds.
    case io
    /// What is kept is not what this store writes.
    case corrupt
    /// Too much waits for the store already; nothing was written.
    case overloaded
    /// The store was closed, or takes no more writes after one failed.
    case closed
    /// The data is of a newer version.
    case unsupportedVersion = "unsupported_version"
    /// Somebody else changed the same thing first; nothing was written. Read again, decide again.
    case conflict
    /// The connection was lost while the write was being committed: it may or may not have been done. Sending the same
    /// ids again is safe.
    case unknownOutcome = "unknown_outcome"
  }

  /// What went wrong.
  package var code: Code
  /// What happened and what to do.
  package var message: String
  /// What lies beneath, in its own words; empty when nothing does.
  package var cause: String
  /// How long to wait before the next try, where the store can tell; nil where it can't.
  package var retryAfter: Duration?

  /// An error of this code.
  package init(_ code: Code, _ message: String, cause: String = "", retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
    self.retryAfter = retryAfter
  }

  /// The message with its cause.
  package var description: String { cause.isEmpty ? message : "\(message): \(cause)" }
}
