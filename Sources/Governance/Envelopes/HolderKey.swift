internal import Core
internal import Cryptography
internal import Dispatch
internal import Synchronization

/// The public key of somebody who may sign: Ed25519, nothing else.
package struct HolderKey: Sendable, Hashable {
  /// The 32 bytes. Two keys are one when these are equal, whatever else is said of them.
  package let bytes: [UInt8]
  /// The lower-case hexadecimal SHA-256 of the bytes.
  package let id: String
  private let key: VerificationKey

  /// A key of these 32 bytes. Throws `root` when they are not canonical or a point of small order.
  package init(_ bytes: [UInt8]) throws(GovernanceError) {
    do throws(CryptographyError) {
      key = try VerificationKey(.ed25519(bytes), .edDSA)
    } catch {
      throw GovernanceError(.root, error.reason)
    }
    self.bytes = bytes
    id = Self.id(of: bytes)
  }

  /// The key id of 32 bytes.
  package static func id(of bytes: [UInt8]) -> String { Hexadecimal.text(SHA256.hash(bytes)) }

  package static func == (left: HolderKey, right: HolderKey) -> Bool { left.bytes == right.bytes }

  package func hash(into hasher: inout Hasher) {
    // The whole in one step, not byte by byte.
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  /// Whether the signature is this key's over `message`. One verification.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool { key.isValid(signature, for: message) }
}

/// How signatures are verified: by Ed25519, or in a model by something cheaper.
package struct SignatureCheck: Sendable {
  /// Whether a signature is the key's over the message.
  package let isValid: @Sendable (_ key: HolderKey, _ signature: [UInt8], _ message: [UInt8]) -> Bool

  package init(_ isValid: @escaping @Sendable (HolderKey, [UInt8], [UInt8]) -> Bool) { self.isValid = isValid }

  /// Whether each of these signatures is its key's over the message; without a key it isn't. From eight on they are
  /// checked side by side, as each takes a tenth of a millisecond. O(signatures · message).
  func areValid(_ signatures: [(key: HolderKey?, bytes: [UInt8])], _ message: [UInt8]) -> [Bool] {
    @Sendable func isValid(_ place: Int) -> Bool {
      signatures[place].key.map { self.isValid($0, signatures[place].bytes, message) } ?? false
    }
    if signatures.count < 8 { return signatures.indices.map(isValid) }
    let verdicts = Mutex(Array(repeating: false, count: signatures.count))
    DispatchQueue.concurrentPerform(iterations: signatures.count) { place in
      let verdict = isValid(place)
      verdicts.withLock { $0[place] = verdict }
    }
    return verdicts.withLock { $0 }
  }

  /// The only one outside of tests.
  package static let ed25519 = SignatureCheck { key, signature, message in key.isValid(signature, for: message) }
}
