package import Core
package import Ledger
package import Tokens

/// A checkpoint as it is kept and shown: what it says, and the same signed.
package struct SignedCheckpoint: Sendable, Equatable {
  /// The checkpoint that is signed.
  package var checkpoint: Checkpoint
  /// The same as a compact JWS; nil when nobody could sign.
  package var signature: String?

  /// A checkpoint with its signature.
  package init(_ checkpoint: Checkpoint, signature: String?) {
    self.checkpoint = checkpoint
    self.signature = signature
  }

  /// `{"ledger","size","head","ts","signature"}`, the last one a compact JWS or null.
  package var json: JSON {
    var object = checkpoint.json.object ?? JSON.Object()
    object.append("signature", signature.map { .string($0) } ?? .null)
    return .object(object)
  }

  /// Reads ``json`` back; nil when it isn't that.
  package init?(json: JSON) {
    guard let checkpoint = Checkpoint(json: json) else { return nil }
    self.init(checkpoint, signature: json["signature"]?.string)
  }

  /// The `kid` of the key that signed exactly this checkpoint. Throws when there is no signature, it doesn't hold, it
  /// is of another kind of token, or says something else.
  package func verify(_ keys: JSONWebKeySet) throws(TokenError) -> String {
    guard let signature else { throw TokenError("the checkpoint is not signed") }
    let (token, key) = try TokenVerifier.verifySignature(signature.utf8, keys)
    guard token.header["typ"]?.string == Checkpoint.type else {
      throw TokenError("the signature is no checkpoint's: typ is not \(Checkpoint.type)")
    }
    guard JSON.object(try token.claims()) == checkpoint.json else {
      throw TokenError("what was signed is another checkpoint")
    }
    return key.identifier
  }
}

/// Signs checkpoints with the key that is active in the issuer's ring, and keeps the public part of that key.
package struct RingCheckpointSigner: CheckpointSigner {
  private let issuer: Issuer
  private let keys: CheckpointKeys

  /// Signs as `issuer`, whose keys are kept in `keys`.
  package init(_ issuer: Issuer, keeping keys: CheckpointKeys) {
    self.issuer = issuer
    self.keys = keys
  }

  /// The compact JWS of `payload`. The first with a key waits for the disk. Throws `TokenError` when there is no key,
  /// or it can't be kept.
  package func sign(_ payload: [UInt8], type: String) throws -> String {
    let key = try issuer.activeKey()
    try keys.keep(key)
    return try TokenSigner.token(type, payload: payload, key: key)
  }
}
