/// Why the log of records could not do its work.
package struct RecordLogError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What happened and where.
  package var message: String

  /// An error with this message.
  package init(message: String) { self.message = message }

  /// The message.
  package var description: String { message }
}
