package import Cryptography

/// Reads a secret that somebody else wrote into a file only its owner may read.
package enum SecretFile {
  /// The secret in the file at `path`, without a trailing newline. Waits for the disk. Throws when the file is missing,
  /// empty or readable by others.
  package static func read(_ path: String) throws(TokenError) -> Secret {
    guard var bytes = try PrivateFile(path: path).read() else { throw TokenError("there is no file \(path)") }
    while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else { throw TokenError("\(path) is empty") }
    return Secret(bytes)
  }
}
