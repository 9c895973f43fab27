internal import Core
internal import Cryptography

/// A set of keys with unique names.
package struct JSONWebKeySet: Sendable {
  /// The usable keys in their order.
  package let keys: [JSONWebKey]
  // Swift compares strings by canonical equivalence; a `kid` compares by bytes.
  private let byIdentifier: [[UInt8]: JSONWebKey]
  private let setAside: [[UInt8]: String]

  /// A set of these keys. Throws when a name repeats or symmetric keys stand beside others.
  package init(_ keys: [JSONWebKey]) throws(TokenError) {
    try self.init(keys.map { .usable($0) }, types: keys.map(\.algorithm.keyType))
  }

  /// Reads a JWK set (RFC 7517 section 5); sets aside keys of another use or algorithm. Throws when the set or a key is
  /// malformed, a `kid` repeats, or symmetric keys stand beside others. O(bytes) and the parsing of each key.
  package init(parsing bytes: some Sequence<UInt8>) throws(TokenError) {
    let json: JSON
    do { json = try JSON(parsing: bytes) } catch { throw TokenError("the key set is not JSON: \(error)") }
    guard let elements = json["keys"]?.array else { throw TokenError("the key set has no array of keys") }
    guard elements.count <= TokenLimits.keys else { throw TokenError("the key set has over \(TokenLimits.keys) keys") }
    var readings: [JSONWebKey.Reading] = []
    for element in elements { readings.append(try JSONWebKey.read(element)) }
    try self.init(readings, types: elements.map { $0["kty"]?.string ?? "" })
  }

  private init(_ readings: [JSONWebKey.Reading], types: [String]) throws(TokenError) {
    let symmetric = types.count { $0 == "oct" }
    guard symmetric == 0 || symmetric == types.count else {
      throw TokenError("the key set mixes symmetric and other keys")
    }
    var keys: [JSONWebKey] = []
    var setAside: [[UInt8]: String] = [:]
    var names: Set<[UInt8]> = []
    for reading in readings {
      let identifier: String?
      switch reading {
      case .usable(let key):
        keys.append(key)
        identifier = key.identifier
      case .setAside(let name, let reason):
        identifier = name
        if let name { setAside[Array(name.utf8)] = reason }
      }
      if let identifier, !names.insert(Array(identifier.utf8)).inserted {
        throw TokenError("two keys of the set have one kid")
      }
    }
    self.keys = keys
    self.setAside = setAside
    byIdentifier = Dictionary(uniqueKeysWithValues: keys.map { (Array($0.identifier.utf8), $0) })
  }

  /// The key for a token: the one its `kid` names or, without a `kid`, the set's only key. Nothing else in the header
  /// chooses a key. Throws when there is no such key or it may not verify this algorithm.
  package func key(for token: CompactToken) throws(TokenError) -> JSONWebKey {
    let key = try named(token.keyIdentifier)
    guard key.canVerify else { throw TokenError("key_ops of the key does not allow verify") }
    guard key.accepts(token.algorithm) else {
      throw TokenError("alg is not \(key.algorithm.rawValue), the algorithm of the key")
    }
    return key
  }

  private func named(_ identifier: String?) throws(TokenError) -> JSONWebKey {
    guard let identifier else {
      guard keys.count == 1, setAside.isEmpty, let key = keys.first else {
        throw TokenError("kid is missing and the set has not exactly one key")
      }
      return key
    }
    let name = Array(identifier.utf8)
    if let key = byIdentifier[name] { return key }
    throw TokenError(setAside[name] ?? "kid names no key of the set")
  }
}
