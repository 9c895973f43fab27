package import Cryptography

/// A secret that somebody else put into a file, which only its owner may read.
package enum SecretFile {
  /// The secret in the file at `path`, without the line end behind it. Waits for the disk. Throws when there is no such
  /// file, others may read it, or it holds nothing.
  package static func read(_ path: String) throws(TokenError) -> Secret {
    guard var bytes = try PrivateFile(path: path).read() else { throw TokenError("there is no file \(path)") }
    while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else { throw TokenError("\(path) is empty") }
    return Secret(bytes)
  }
}
