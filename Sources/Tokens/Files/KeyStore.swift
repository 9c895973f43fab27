package import Platform

/// A document of the keys that hosts with one issuer share.
package enum KeyDocument: String, Sendable, CaseIterable {
  /// The keys that sign, ``KeyRing``.
  case ring
  /// The keys that operators enrolled for citizens.
  case enrolled
  /// The tokens that were revoked, a line each.
  case revoked
  /// The public keys of every signed checkpoint.
  case checkpoints
  /// The key that signs a ledger's checkpoints as notes.
  case note
  /// The name of the issuer of tokens.
  case issuer
}

/// Tells one content of a document from another.
package enum KeyVersion: Sendable, Hashable {
  /// The content of a file.
  case file(FileSignature)
  /// The content after so many changes.
  case number(Int)
}

/// Keeps the documents of keys for all hosts and commands with one issuer. Every call is one transaction and waits for
/// the disk; what changes something returns when that outlasts a power cut.
package protocol KeyStore: Sendable {
  /// What people call the place of a document: its path.
  func place(of document: KeyDocument) -> String

  /// The version of a document, without reading it; nil when there is none, or it can't be looked at.
  func version(of document: KeyDocument) -> KeyVersion?

  /// The content of a document; nil when there is none. Throws when it can't be read, or others may read it. O(bytes).
  func read(_ document: KeyDocument) throws(TokenError) -> [UInt8]?

  /// Calls `body` with the content of a document, and keeps what it returns in its place, unless that is nil. Nobody
  /// else changes the document meanwhile. Throws what `body` throws, with nothing changed, or why it can't be kept.
  /// O(bytes).
  func change(
    _ document: KeyDocument, _ body: ([UInt8]?) throws(TokenError) -> [UInt8]?
  ) throws(TokenError)

  /// Adds bytes to the end of a document, which is made when there is none. O(bytes added) in a file.
  func append(_ bytes: [UInt8], to document: KeyDocument) throws(TokenError)
}
