package import Core
internal import Cryptography

/// A parsed JWS in compact form (RFC 7515 section 7.1). Its header is checked, its signature isn't.
package struct CompactToken: Sendable {
  package let header: JSON.Object
  package let payload: [UInt8]
  package let signature: [UInt8]
  /// The signed bytes: header and payload as written, with the dot between them.
  package let signedBytes: [UInt8]
  /// The `alg` of the header, as written.
  package let algorithm: String
  /// The `kid` of the header, as written; nil when absent.
  package let keyIdentifier: String?

  /// Parses a token. Throws when it is too long, isn't three parts of canonical base64url, has a header that is no JSON
  /// object, or has an unacceptable header parameter. O(bytes).
  package init(_ token: some Sequence<UInt8>) throws(TokenError) {
    let bytes = Self.prefix(of: token, TokenLimits.tokenBytes + 1)
    guard bytes.count <= TokenLimits.tokenBytes else {
      throw TokenError("the token is over \(TokenLimits.tokenBytes) bytes")
    }
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw TokenError("the token has \(parts.count - 1) dots, not two") }
    guard let header = Base64URL.bytes(parts[0]), let payload = Base64URL.bytes(parts[1]),
      let signature = Base64URL.bytes(parts[2])
    else { throw TokenError("a part of the token is not canonical base64url") }
    self.header = try Self.object(header, "the header")
    self.payload = payload
    self.signature = signature
    signedBytes = Array(bytes[..<parts[1].endIndex])
    guard let algorithm = self.header["alg"]?.string else { throw TokenError("alg is missing or not a string") }
    self.algorithm = algorithm
    keyIdentifier = try Self.keyIdentifier(self.header)
    try Self.checkCritical(self.header)
  }

  /// The payload as a JSON object. Throws when it isn't one. O(bytes).
  package func claims() throws(TokenError) -> JSON.Object { try Self.object(payload, "the payload") }

  /// The first bytes of a sequence, without a call for each byte when they are contiguous.
  private static func prefix(of bytes: some Sequence<UInt8>, _ count: Int) -> [UInt8] {
    bytes.withContiguousStorageIfAvailable { Array($0.prefix(count)) } ?? Array(bytes.prefix(count))
  }

  private static func object(_ bytes: [UInt8], _ what: String) throws(TokenError) -> JSON.Object {
    let limits = JSON.ParsingLimits(bytes: TokenLimits.tokenBytes, depth: TokenLimits.depth)
    do {
      guard case .object(let object) = try JSON(parsing: bytes, limits: limits) else {
        throw TokenError("\(what) is not a JSON object")
      }
      return object
    } catch let error as JSON.ParsingError {
      throw TokenError("\(what) is not JSON: \(error)")
    } catch let error as TokenError {
      throw error
    } catch {
      throw TokenError("\(what) is not JSON")
    }
  }

  private static func keyIdentifier(_ header: JSON.Object) throws(TokenError) -> String? {
    guard let member = header["kid"] else { return nil }
    guard let text = member.string, !text.isEmpty else { throw TokenError("kid is empty or not a string") }
    return text
  }

  /// Cascade understands no extension, so it refuses even a well-formed `crit`, and b64=false with or without one.
  private static func checkCritical(_ header: JSON.Object) throws(TokenError) {
    if let member = header["b64"], member != .bool(true) { throw TokenError("b64 is not true") }
    guard let member = header["crit"] else { return }
    guard let elements = member.array, !elements.isEmpty else {
      throw TokenError("crit is not a non-empty array")
    }
    // Lookup is linear; cap the names so that a hostile header isn't quadratic.
    guard elements.count <= TokenLimits.criticalNames else {
      throw TokenError("crit has over \(TokenLimits.criticalNames) names")
    }
    var names: Set<ExactText> = []
    for element in elements {
      guard let name = element.string.map(ExactText.init) else {
        throw TokenError("crit contains something other than a string")
      }
      guard names.insert(name).inserted else { throw TokenError("crit repeats \(name)") }
      guard !registeredParameters.contains(name) else { throw TokenError("crit names the registered \(name)") }
      guard header[name.text] != nil else { throw TokenError("crit names \(name), which is absent") }
    }
    let demanded = names.sorted().map(\.text).joined(separator: ", ")
    throw TokenError("crit demands \(demanded), which is not understood")
  }

  private static let registeredParameters: Set<ExactText> = [
    "alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip", "epk", "apu",
    "apv", "iv", "tag", "p2s", "p2c",
  ]
}
