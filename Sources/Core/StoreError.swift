/// A failure of a store: of the ledger, the log, the graph, sessions, payments or rulebooks.
///
/// A refusal by a store's own rules, such as a transfer without funds, is an answer and no error.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of failure. The raw value is its name on the wire, in messages and in metrics.
  package enum Code: String, Sendable, CaseIterable {
    /// Another process holds the lock on the data.
    case locked
    /// No space is left; nothing was written, and writes may work again later.
    case full
    /// Reading or writing failed. After a failed write, the content of the disk is unknown.
    case io
    /// The stored data isn't in the form that this store writes.
    case corrupt
    /// Too many requests already wait for the store; nothing was written.
    case overloaded
    /// The store was closed, or stopped writing after a failed write.
    case closed
    /// A newer version of Cascade wrote the data.
    case unsupportedVersion = "unsupported_version"
    /// A concurrent change came first; nothing was written. Read again and decide again.
    case conflict
    /// The connection broke during the commit, so the write may or may not have happened. Sending the same ids again is
    /// safe.
    case unknownOutcome = "unknown_outcome"
  }

  package var code: Code
  /// States what happened and what to do.
  package var message: String
  /// The message of the underlying library or system; empty when there is none.
  package var cause: String
  /// The wait before the next try; nil when the store can't tell.
  package var retryAfter: Duration?

  package init(_ code: Code, _ message: String, cause: String = "", retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
    self.retryAfter = retryAfter
  }

  package var description: String { cause.isEmpty ? message : "\(message): \(cause)" }
}
