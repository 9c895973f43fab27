/// Why a token, key or key set is not accepted. Outside there is one code; the reason is for the log alone.
package struct TokenError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The code on the wire, the same for every reason.
  package static let code = "invalid_token"

  /// What is wrong, for the log; never holds key bytes.
  package var reason: String

  /// An error with this reason.
  package init(_ reason: String) { self.reason = reason }

  /// Code and reason.
  package var description: String { "\(Self.code): \(reason)" }
}
