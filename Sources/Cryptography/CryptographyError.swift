internal import COpenSSL

/// The reason why a key was refused or a signature failed.
package struct CryptographyError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Names the fault, for the log; never contains key bytes.
  package var reason: String

  package init(_ reason: String) { self.reason = reason }

  package var description: String { reason }

  /// `what`, followed by OpenSSL's last error; empties this thread's error queue.
  static func lastFailure(_ what: String) -> CryptographyError {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    guard code != 0, let text = unsafe ERR_reason_error_string(code) else { return CryptographyError(what) }
    return unsafe CryptographyError("\(what): \(String(cString: text))")
  }
}
