/// Who signed an envelope, by public keys: neither the key ids in it nor the number of signatures count.
package struct Signers: Sendable, Equatable {
  /// Whose signature is valid.
  package let keys: Set<HolderKey>
  /// One valid signature of each of them, in the order of the envelope, under the id of its key.
  package let signatures: [Envelope.Signature]

  /// The keys among `candidates` that signed, each once however often. The hint only says which key is tried first.
  /// One verification for each signature whose hint is right, else at most one for each candidate.
  package init(of envelope: Envelope, among candidates: some Collection<HolderKey>, _ check: SignatureCheck) {
    let message = envelope.signedBytes
    let byID = Dictionary(candidates.map { ($0.id, $0) }) { first, _ in first }
    var keys: Set<HolderKey> = []
    var signatures: [Envelope.Signature] = []
    var distinct: [Envelope.Signature] = []
    // At most 32, so looking back costs less than a table.
    for signature in envelope.signatures where !distinct.contains(where: { $0.bytes == signature.bytes }) {
      distinct.append(signature)
    }
    let areHintsRight = check.areValid(distinct.map { (byID[$0.keyID], $0.bytes) }, message)
    for (signature, isHintRight) in zip(distinct, areHintsRight) {
      let hinted = isHintRight ? byID[signature.keyID] : nil
      let signer =
        hinted
        ?? candidates.first {
          !keys.contains($0) && $0.id != signature.keyID && check.isValid($0, signature.bytes, message)
        }
      if let signer, keys.insert(signer).inserted {
        signatures.append(Envelope.Signature(keyID: signer.id, bytes: signature.bytes))
      }
    }
    self.keys = keys
    self.signatures = signatures
  }

  /// How many of them have the role under `root`.
  package func count(_ role: GovernanceRoot.Role, of root: GovernanceRoot) -> Int {
    root.roles[role]?.keys.count { keys.contains($0) } ?? 0
  }

  /// Whether as many as the role wants signed.
  package func reach(_ role: GovernanceRoot.Role, of root: GovernanceRoot) -> Bool {
    count(role, of: root) >= root.roles[role]?.threshold ?? .max
  }
}

extension GovernanceRoot {
  /// Who of this root's keys signed.
  package func signers(of envelope: Envelope, _ check: SignatureCheck = .ed25519) -> Signers {
    Signers(of: envelope, among: keys.values, check)
  }
}
