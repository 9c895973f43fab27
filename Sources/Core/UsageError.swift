/// Why what somebody wrote, or handed over, can't be used: fakes, a gate, objectives, sockets, a message.
package struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, by its name, and what would be right.
  package var message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}
