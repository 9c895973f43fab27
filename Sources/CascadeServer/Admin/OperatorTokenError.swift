/// Why there is no operator token.
package struct OperatorTokenError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is; the raw value is the wire name.
  package enum Code: String, Sendable {
    /// The file or its directory can't be made, read or written.
    case unavailable = "operator_token_unavailable"
    /// Others than its owner may read or write the file.
    case exposed = "operator_token_exposed"
    /// The file is something else than a token this program wrote.
    case malformed = "operator_token_malformed"
  }

  /// What kind of trouble it is.
  package var code: Code
  /// What happened and what to do. Never holds the secret.
  package var message: String

  /// An error with this code and message.
  package init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  /// The message.
  package var description: String { message }
}
