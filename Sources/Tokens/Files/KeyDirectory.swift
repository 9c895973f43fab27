internal import Core
internal import Platform

/// The folder `keys` of a data directory: the ring, the enrolled keys, the revoked tokens and the last issuer's name.
/// Only its owner may enter it.
package struct KeyDirectory: Sendable {
  /// The path of the folder, `DATA/keys`.
  package let path: String

  /// Opens the folder in `data`; creates either with mode 0700 when missing. Throws when that fails or others may enter
  /// it.
  package init(data: String) throws(TokenError) {
    path = data + "/keys"
    let signature: FileSignature
    do throws(FileError) {
      try Directory.make(path)
      signature = try FileSignature(path)
    } catch {
      throw TokenError(error.description)
    }
    guard signature.isDirectory else { throw TokenError("\(path) is no directory") }
    guard !signature.isOpenToOthers else {
      throw TokenError("\(path) can be entered by others; its keys are no secret any more: chmod 700 it or remove it")
    }
  }

  /// The file of the keys that the host signs with.
  package var ring: KeyRingFile { KeyRingFile(path: path + "/ring.json") }

  /// The issuer's name of the last host on these data; nil when none ran yet. Waits for the disk.
  package func issuer() throws(TokenError) -> String? {
    try issuerFile.read().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Writes the issuer's name for commands that run beside the host. Waits for the disk.
  package func keep(issuer: String) throws(TokenError) {
    if try self.issuer()?.isSame(as: issuer) == true { return }
    try issuerFile.locked { () throws(TokenError) in try issuerFile.replace(with: Array(issuer.utf8)) }
  }

  private var issuerFile: PrivateFile { PrivateFile(path: path + "/issuer") }
}
