/// The reason why a token, key or key set is refused. Callers outside see one code; the reason is for the log only.
package struct TokenError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The code on the wire, the same for every reason.
  package static let code = "invalid_token"

  /// Names the fault, for the log; never contains key bytes.
  package var reason: String

  package init(_ reason: String) { self.reason = reason }

  package var description: String { "\(Self.code): \(reason)" }
}
