package import Core
internal import Cryptography

extension JSONWebKey {
  /// The result of reading a JWK: a usable key, or a well-formed one for another purpose.
  package enum Reading: Sendable {
    case usable(JSONWebKey)
    /// A key of another type, algorithm or use; tokens that name it are refused with this reason.
    case setAside(identifier: String?, reason: String)
  }

  /// Reads one JWK. Throws when it is malformed, too weak, off its curve, of small order, marked by ROCA, or made of
  /// halves that don't belong together.
  package static func read(_ json: JSON) throws(TokenError) -> Reading {
    let members = try Members(json)
    let identifier = try members.nonEmptyString("kid")
    let type = try members.required("kty")
    if let reason = try members.otherPurpose() { return .setAside(identifier: identifier, reason: reason) }
    let name = try members.nonEmptyString("alg")
    guard let algorithm = algorithm(name == "Ed25519" ? "EdDSA" : name, type, try members.nonEmptyString("crv")) else {
      let what = name.map { "its algorithm \($0) does not sign" } ?? "it names no algorithm"
      return .setAside(identifier: identifier, reason: "the key cannot be used: \(what)")
    }
    guard type.isSame(as: algorithm.keyType) else {
      throw TokenError("a key of type \(type) has the algorithm \(algorithm.rawValue)")
    }
    let operation = try members.operation(algorithm)
    let allowed = try members.operations()
    let isPublic = if case .verify = operation { true } else { false }
    let key = JSONWebKey(
      identifier: identifier ?? JSONWebKey(identifier: "", algorithm, operation, verify: false, sign: false).thumbprint,
      algorithm, operation, verify: allowed?.contains("verify") ?? true,
      sign: !isPublic && (allowed?.contains("sign") ?? true))
    return .usable(key)
  }

  /// The one algorithm of a key: the named one, or the only one of its curve.
  private static func algorithm(_ name: String?, _ type: String, _ curve: String?) -> SignatureAlgorithm? {
    if let name { return SignatureAlgorithm(rawValue: name) }
    switch type {
    case "EC": return curve.flatMap(EllipticCurve.init(rawValue:))?.algorithm
    case "OKP": return curve == "Ed25519" ? .edDSA : nil
    default: return nil
    }
  }
}

extension SignatureAlgorithm {
  /// The `kty` of this algorithm's keys.
  var keyType: String {
    switch family {
    case .hmac: "oct"
    case .rsa, .rsaPSS: "RSA"
    case .ellipticCurve: "EC"
    case .ed25519: "OKP"
    }
  }
}

/// The members of one JWK, read by name.
private struct Members {
  let object: JSON.Object

  init(_ json: JSON) throws(TokenError) {
    guard let object = json.object else { throw TokenError("a key is not a JSON object") }
    self.object = object
  }

  func nonEmptyString(_ name: String) throws(TokenError) -> String? {
    guard let member = object[name] else { return nil }
    guard let text = member.string, !text.isEmpty else { throw TokenError("\(name) of a key is empty or not a string") }
    return text
  }

  func required(_ name: String) throws(TokenError) -> String {
    guard let text = try nonEmptyString(name) else { throw TokenError("a key has no \(name)") }
    return text
  }

  func bytes(_ name: String) throws(TokenError) -> [UInt8] {
    guard let bytes = Base64URL.bytes(try required(name)) else {
      throw TokenError("\(name) of a key is not canonical base64url")
    }
    return bytes
  }

  /// The reason why the key isn't for signatures; nil when it is.
  func otherPurpose() throws(TokenError) -> String? {
    if let use = try nonEmptyString("use"), use != "sig" { return "the key is for \(use), not for signatures" }
    guard let operations = try operations(), operations.isDisjoint(with: ["sign", "verify"]) else { return nil }
    return "key_ops does not allow signatures"
  }

  func operations() throws(TokenError) -> Set<ExactText>? {
    guard let member = object["key_ops"] else { return nil }
    guard let elements = member.array else { throw TokenError("key_ops is not an array") }
    let names = elements.compactMap { $0.string.map(ExactText.init) }
    guard names.count == elements.count, Set(names).count == names.count else {
      throw TokenError("key_ops contains something other than a string, or repeats one")
    }
    return Set(names)
  }

  func operation(_ algorithm: SignatureAlgorithm) throws(TokenError) -> JSONWebKey.Operation {
    if let hash = algorithm.hash, algorithm.family == .hmac { return try symmetric(hash) }
    let material = try publicMaterial(algorithm)
    do {
      guard let secret = try privateMaterial(algorithm) else {
        return .verify(try VerificationKey(material, algorithm))
      }
      return .sign(try SigningKey(secret, publicKey: material, algorithm))
    } catch let error as CryptographyError {
      throw TokenError(error.reason)
    } catch let error as TokenError {
      throw error
    } catch {
      throw TokenError("OpenSSL refused the key")
    }
  }

  private func symmetric(_ hash: HashAlgorithm) throws(TokenError) -> JSONWebKey.Operation {
    let bytes = try bytes("k")
    guard (hash.byteCount...TokenLimits.symmetricKeyBytes).contains(bytes.count) else {
      throw TokenError(
        "the HMAC key has \(bytes.count) bytes; \(hash.byteCount) to \(TokenLimits.symmetricKeyBytes) are accepted")
    }
    let secret = Secret(bytes)
    return .symmetric(HMACKey(secret, hash), secret)
  }

  private func publicMaterial(_ algorithm: SignatureAlgorithm) throws(TokenError) -> PublicKeyMaterial {
    switch algorithm.family {
    case .rsa, .rsaPSS: return .rsa(modulus: try bytes("n"), exponent: try bytes("e"))
    case .ellipticCurve:
      guard let curve = EllipticCurve(rawValue: try required("crv")) else {
        throw TokenError("the key's curve is unknown")
      }
      return .ellipticCurve(curve, x: try bytes("x"), y: try bytes("y"))
    case .ed25519, .hmac:
      guard try required("crv") == "Ed25519" else { throw TokenError("the key is not on Ed25519") }
      return .ed25519(try bytes("x"))
    }
  }

  private func privateMaterial(_ algorithm: SignatureAlgorithm) throws(TokenError) -> PrivateKeyMaterial? {
    guard object["d"] != nil else { return nil }
    switch algorithm.family {
    case .rsa, .rsaPSS:
      if object["oth"] != nil { throw TokenError("an RSA key of more than two primes") }
      var secrets: [Secret] = []
      for name in ["d", "p", "q", "dp", "dq", "qi"] { secrets.append(Secret(try bytes(name))) }
      return .rsa(secrets)
    case .ellipticCurve: return .ellipticCurve(Secret(try bytes("d")))
    case .ed25519, .hmac: return .ed25519(Secret(try bytes("d")))
    }
  }
}
