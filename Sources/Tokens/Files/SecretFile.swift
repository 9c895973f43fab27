package import Cryptography

/// Reads a secret that somebody else wrote into a file only its owner may read.
package enum SecretFile {
  /// The secret in the file at `path`; see ``SecretText``. Waits for the disk. Throws when the file is missing,
  /// readable by others, or holds no secret.
  package static func read(_ path: String) throws(TokenError) -> Secret {
    guard let bytes = try PrivateFile(path: path).read(mounted: true) else {
      throw TokenError("there is no file \(path)")
    }
    return try SecretText.secret(bytes, in: path)
  }

  /// Passes the text of a file that only its owner may read, such as a key in PEM, to `body`, which must not keep it.
  /// Waits for the disk. Throws when the file is missing or readable by others, and what `body` throws.
  package static func read<Value>(
    path: String, _ body: (String) throws(TokenError) -> Value
  ) throws(TokenError) -> Value {
    guard let bytes = try PrivateFile(path: path).read() else { throw TokenError("there is no file \(path)") }
    return try body(String(decoding: bytes, as: UTF8.self))
  }
}
