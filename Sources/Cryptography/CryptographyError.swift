internal import COpenSSL

/// Why a key was not taken or a signature not made.
package struct CryptographyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, for the log; never holds key bytes.
  package var reason: String

  /// An error with this reason.
  package init(_ reason: String) { self.reason = reason }

  /// The reason.
  package var description: String { reason }

  /// `what`, with what OpenSSL says about it; empties this thread's queue of errors.
  static func lastFailure(_ what: String) -> CryptographyError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let text = unsafe ERR_reason_error_string(code) else { return CryptographyError(what) }
    return unsafe CryptographyError("\(what): \(String(cString: text))")
  }
}
