internal import Core
package import Cryptography

/// The Ed25519 key that signs a ledger's checkpoints as notes, where hosts with one issuer share it. It is never
/// rotated: whoever checks such a checkpoint was given its public half once.
package struct StoredNoteKey: Sendable {
  private let store: any KeyStore

  /// The key in `store`.
  package init(_ store: any KeyStore) { self.store = store }

  /// The key, made when there is none. Waits for the store. Throws when it can't be read or written, others may read
  /// it, or what is there is none.
  package func current() throws(TokenError) -> SigningKey {
    if let bytes = try store.read(.note) { return try parse(bytes) }
    var key: SigningKey?
    try store.change(.note) { (bytes) throws(TokenError) in
      // Another process may have been faster.
      if let bytes {
        key = try parse(bytes)
        return nil
      }
      let made: SigningKey
      do throws(CryptographyError) { made = try SigningKey.generate(.edDSA) } catch { throw TokenError(error.reason) }
      key = made
      return JSONWebKey(made).secretJSON?.bytes
    }
    guard let key else { throw TokenError("\(store.place(of: .note)) can't be made") }
    return key
  }

  private func parse(_ bytes: [UInt8]) throws(TokenError) -> SigningKey {
    guard let json = try? JSON(parsing: bytes), case .usable(let read)? = try? JSONWebKey.read(json),
      case .sign(let key) = read.operation, key.algorithm == .edDSA
    else {
      throw TokenError(
        "\(store.place(of: .note)) is damaged: it is no Ed25519 key; put back a copy, or remove it for a new one, of "
          + "which everybody who checks notes must be told")
    }
    return key
  }
}
