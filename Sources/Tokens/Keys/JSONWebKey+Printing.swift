package import Core
internal import Cryptography

extension JSONWebKey {
  /// The public members, for a key set that anyone may read; nil for a symmetric key.
  package var publicJSON: JSON? {
    let material: PublicKeyMaterial
    switch operation {
    case .symmetric: return nil
    case .verify(let key): material = key.material
    case .sign(let key): material = key.publicKey.material
    }
    guard var members = Thumbprint.members(of: material).object else { return nil }
    members["alg"] = .string(algorithm.rawValue)
    members["kid"] = .string(identifier)
    members["use"] = "sig"
    return .object(members)
  }

  /// All members including the secret ones, for a file that nobody else may read.
  var secretJSON: JSON? {
    guard var members = publicJSON?.object, case .sign(let key) = operation else { return nil }
    func text(_ secret: Secret) -> JSON { .string(secret.withBytes { Base64URL.text($0) }) }
    switch key.material {
    case .rsa(let secrets):
      for (name, secret) in zip(["d", "p", "q", "dp", "dq", "qi"], secrets) { members[name] = text(secret) }
    case .ellipticCurve(let secret), .ed25519(let secret): members["d"] = text(secret)
    }
    return .object(members)
  }
}

extension JSONWebKeySet {
  /// The set with public members only, as `/.well-known/jwks.json` serves it. O(keys).
  package var publicJSON: JSON { ["keys": .array(keys.compactMap(\.publicJSON))] }
}
