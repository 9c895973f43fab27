internal import Core
internal import Cryptography

/// A set of keys, each with a name of its own.
package struct JSONWebKeySet: Sendable {
  /// The keys that can be used, in their order.
  package let keys: [JSONWebKey]
  // By bytes: Swift holds texts equal that differ in them.
  private let byIdentifier: [[UInt8]: JSONWebKey]
  private let setAside: [[UInt8]: String]

  /// A set of keys. Throws when two have one name or symmetric keys stand beside others.
  package init(_ keys: [JSONWebKey]) throws(TokenError) {
    try self.init(keys.map { .usable($0) }, types: keys.map(\.algorithm.keyType))
  }

  /// Reads a JWK set (RFC 7517 section 5). Throws when it is malformed, a key of it is, two keys have one `kid`, or
  /// symmetric keys stand beside others. Keys of another use or algorithm are set aside. O(bytes) and the parsing of
  /// each key.
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

  /// The key of a token: the one its `kid` names or, without one, the only key of the set. Nothing else in the header
  /// chooses a key. Throws when there is none, or it must not check signatures of this algorithm.
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
