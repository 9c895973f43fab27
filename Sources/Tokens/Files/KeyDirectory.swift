internal import Core
internal import Platform

/// The folder `keys` of a data directory: the ring, the enrolled keys, the revoked tokens and the last issuer's name,
/// each in a file. Only its owner may enter it.
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
}

extension KeyDirectory: KeyStore {
  /// See ``KeyStore/place(of:)``.
  package func place(of document: KeyDocument) -> String {
    switch document {
    case .ring, .enrolled, .checkpoints, .note: "\(path)/\(document.rawValue).json"
    case .revoked, .issuer: "\(path)/\(document.rawValue)"
    }
  }

  /// See ``KeyStore/version(of:)``.
  package func version(of document: KeyDocument) -> KeyVersion? { file(document).signature.map { .file($0) } }

  /// See ``KeyStore/read(_:)``.
  package func read(_ document: KeyDocument) throws(TokenError) -> [UInt8]? { try file(document).read() }

  /// See ``KeyStore/change(_:_:)``.
  package func change(
    _ document: KeyDocument, _ body: ([UInt8]?) throws(TokenError) -> [UInt8]?
  ) throws(TokenError) {
    let file = file(document)
    try file.locked { () throws(TokenError) in
      if let bytes = try body(try file.read()) { try file.replace(with: bytes) }
    }
  }

  /// See ``KeyStore/append(_:to:)``.
  package func append(_ bytes: [UInt8], to document: KeyDocument) throws(TokenError) {
    let file = file(document)
    try file.locked { () throws(TokenError) in try file.append(bytes) }
  }

  private func file(_ document: KeyDocument) -> PrivateFile { PrivateFile(path: place(of: document)) }
}

extension KeyStore {
  /// The keys that hosts sign with.
  package var ring: StoredKeyRing { StoredKeyRing(self) }

  /// The issuer's name of the last host on these data; nil when none ran yet. Waits for the disk.
  package func issuer() throws(TokenError) -> String? {
    try read(.issuer).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Writes the issuer's name for commands that run beside the host. Waits for the disk.
  package func keep(issuer: String) throws(TokenError) {
    if try self.issuer()?.isSame(as: issuer) == true { return }
    try change(.issuer) { _ in Array(issuer.utf8) }
  }
}
