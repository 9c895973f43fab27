/// Why a store could not do its work. What the ledger refuses is no error but a ``RefusalReason``.
package struct LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong. The raw value is its name in messages and metrics.
  package enum Code: String, Sendable, CaseIterable {
    /// Another process has the data.
    case locked
    /// No space is left; nothing was written, and writes may work again later.
    case full
    /// Reading or writing failed. After a failed write the store takes no more of them.
    case io
    /// What is kept is not what a ledger writes.
    case corrupt
    /// Too many submissions wait for the writer.
    case overloaded
    /// The store was closed, or takes no more writes after a failed one.
    case closed
    /// The data is of a newer version.
    case unsupportedVersion = "unsupported_version"
  }

  /// What went wrong.
  package var code: Code
  /// What happened and what to do.
  package var message: String
  /// What lies beneath, in its own words; empty when nothing does.
  package var cause: String

  /// An error of this code.
  package init(_ code: Code, _ message: String, cause: String = "") {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The message with its cause.
  package var description: String { cause.isEmpty ? message : "\(message): \(cause)" }
}
