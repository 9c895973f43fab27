internal import Core

/// Why a token, key or key set is not accepted. Outside there is one code; the reason is for the log alone.
package struct TokenError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The code on the wire, the same for every reason.
  package static let code = "invalid_token"

  /// What is wrong, for the log, in one line; never holds key bytes.
  package let reason: String

  /// An error with this reason, of which a name in a token may be part: control characters are spelled out.
  package init(_ reason: String) { self.reason = VisibleText.line(reason) }

  package var description: String { reason }
}
