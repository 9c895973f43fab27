package import Core
internal import Cryptography

/// A DSSE envelope: a payload, its type, and signatures over both.
///
/// Source: https://github.com/secure-systems-lab/dsse, protocol and envelope of version 1.
package struct Envelope: Sendable, Equatable {
  /// A signature, and the key that is said to have made it.
  package struct Signature: Sendable, Hashable {
    /// A hint, which decides nothing.
    package var keyID: String
    package var bytes: [UInt8]

    package init(keyID: String, bytes: [UInt8]) {
      self.keyID = keyID
      self.bytes = bytes
    }
  }

  package let payloadType: String
  /// The bytes that were signed: they are kept and read, and never printed again.
  package let payload: [UInt8]
  package private(set) var signatures: [Signature]
  /// `sha256:` and the SHA-256 of the payload in hexadecimal digits: the name of what was signed.
  package let digest: String

  /// An envelope of these parts. O(payload).
  package init(payloadType: String, payload: [UInt8], signatures: [Signature] = []) {
    self.payloadType = payloadType
    self.payload = payload
    self.signatures = signatures
    digest = Self.digest(payload)
  }

  /// Reads `{"payload","payloadType","signatures":[{"keyid","sig"}]}`. Throws `too_large`, `too_many_signatures`, or
  /// `malformed` for anything else, a repeated member included. O(bytes).
  package init(parsing bytes: [UInt8]) throws(GovernanceError) {
    if bytes.count > GovernanceLimits.envelopeBytes { throw Self.tooLarge }
    let json: JSON
    do throws(JSON.ParsingError) {
      json = try JSON(parsing: bytes, limits: JSON.ParsingLimits(bytes: GovernanceLimits.envelopeBytes, depth: 8))
    } catch {
      throw GovernanceError(.malformed, "the envelope is no JSON: \(error)")
    }
    try self.init(json)
  }

  /// Reads an envelope that was parsed as part of something else. Throws as the other. O(size).
  package init(_ json: JSON) throws(GovernanceError) {
    guard let type = json["payloadType"]?.string, let text = json["payload"]?.string,
      let list = json["signatures"]?.array
    else { throw GovernanceError(.malformed, "an envelope has payload, payloadType and signatures") }
    if text.utf8.count > GovernanceLimits.envelopeBytes { throw Self.tooLarge }
    guard type.utf8.count <= 100 else { throw GovernanceError(.payloadType, "the payload's type is too long") }
    guard let payload = Base64Text.bytes(text) else {
      throw GovernanceError(.malformed, "payload is no base64, standard or URL-safe")
    }
    if list.count > GovernanceLimits.signatures {
      throw GovernanceError(
        .tooManySignatures, "there are \(list.count) signatures, over the limit of \(GovernanceLimits.signatures)")
    }
    var signatures: [Signature] = []
    var length = text.utf8.count
    for (index, item) in list.enumerated() {
      // The protocol lets a signer leave the hint out.
      let keyID = item["keyid"] ?? ""
      guard let keyID = keyID.string, keyID.utf8.count <= 200,
        let sig = item["sig"]?.string, let bytes = Base64Text.bytes(sig)
      else { throw GovernanceError(.malformed, "signatures[\(index)] wants a text keyid and sig in base64") }
      signatures.append(Signature(keyID: keyID, bytes: bytes))
      length += keyID.utf8.count + sig.utf8.count
    }
    if length > GovernanceLimits.envelopeBytes { throw Self.tooLarge }
    self.init(payloadType: type, payload: payload, signatures: signatures)
  }

  private static let tooLarge = GovernanceError(
    .tooLarge, "the envelope is over \(GovernanceLimits.envelopeBytes >> 10) KiB")

  /// The bytes that a signature is over. O(payload).
  package var signedBytes: [UInt8] { Self.preAuthentication(payloadType, payload) }

  /// PAE of DSSE: `DSSEv1 LENGTH(type) type LENGTH(body) body`, lengths in decimal digits, one space between. O(body).
  package static func preAuthentication(_ type: String, _ body: [UInt8]) -> [UInt8] {
    Array("DSSEv1 \(type.utf8.count) \(type) \(body.count) ".utf8) + body
  }

  /// The name of a payload. O(payload).
  package static func digest(_ payload: [UInt8]) -> String { "sha256:" + Hexadecimal.text(SHA256.hash(payload)) }

  /// Adds signatures, leaving out those that are here byte for byte. Throws `too_many_signatures` and then adds none.
  /// O(signatures²).
  package mutating func add(_ more: [Signature]) throws(GovernanceError) {
    let new = more.filter { !signatures.contains($0) }
    if signatures.count + new.count > GovernanceLimits.signatures {
      throw GovernanceError(
        .tooManySignatures,
        "with these there would be \(signatures.count + new.count) signatures, over the limit of "
          + "\(GovernanceLimits.signatures)")
    }
    signatures += new
  }

  /// The same payload with these signatures only.
  package func with(_ signatures: [Signature]) -> Envelope {
    var envelope = self
    envelope.signatures = signatures
    return envelope
  }

  /// `{"payload","payloadType","signatures"}`, base64 in the standard alphabet. O(size).
  package var json: JSON {
    [
      "payload": .string(Base64Text.text(payload)), "payloadType": .string(payloadType),
      "signatures": .array(
        signatures.map { ["keyid": .string($0.keyID), "sig": .string(Base64Text.text($0.bytes))] }),
    ]
  }
}
