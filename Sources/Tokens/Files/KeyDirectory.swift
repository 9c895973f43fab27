#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The folder `keys` of a data directory, which only its owner may enter: the ring, the keys that operators enrolled,
/// the tokens that were revoked, and the name the host issued under last.
package struct KeyDirectory: Sendable {
  /// `DATA/keys`
  package let path: String

  /// The folder in `data`, made with mode 0700 when there is none, as is `data`. Throws when it can't be made, or
  /// others may enter it.
  package init(data: String) throws(TokenError) {
    path = data + "/keys"
    try Self.makeDirectories(path)
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw TokenError("\(path) is no directory")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw TokenError("\(path) can be entered by others; its keys are no secret any more: chmod 700 it or remove it")
    }
  }

  /// The keys the host signs with.
  package var ring: KeyRingFile { KeyRingFile(path: path + "/ring.json") }

  /// The issuer's name, as the host that runs or ran last had it; nil when none ever did.
  package func issuer() throws(TokenError) -> String? {
    try issuerFile.read().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Keeps the issuer's name for the commands beside the host.
  package func keep(issuer: String) throws(TokenError) {
    if try self.issuer() == issuer { return }
    try issuerFile.locked { () throws(TokenError) in try issuerFile.replace(with: Array(issuer.utf8)) }
  }

  private var issuerFile: PrivateFile { PrivateFile(path: path + "/issuer") }

  private static func makeDirectories(_ path: String) throws(TokenError) {
    var current = path.hasPrefix("/") ? "/" : ""
    for step in path.split(separator: "/") {
      current += step
      var status = stat()
      // On a read-only file system, making one that is there may be refused too.
      if mkdir(current, 0o700) != 0 && stat(current, &status) != 0 {
        throw TokenError("cannot make the directory \(current): \(String(cString: strerror(errno)))")
      }
      current += "/"
    }
  }
}
