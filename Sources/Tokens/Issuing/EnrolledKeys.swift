internal import Core
package import Cryptography
internal import Synchronization

/// The Ed25519 keys that operators enrolled for citizens, in a document that hosts and commands share. An enrolled key
/// overrides the wallet.
package final class EnrolledKeys: Sendable {
  private struct State {
    var keys: [ExactText: VerificationKey] = [:]
    var version: KeyVersion?
  }

  private let store: any KeyStore
  private let state = Mutex(State())

  /// Reads the keys in `store`. Waits for the disk. Throws when they are unreadable or others may read them.
  package init(_ store: any KeyStore) throws(TokenError) {
    self.store = store
    _ = try refresh()
  }

  /// The key of the citizen of exactly this name; nil without one. Reads memory only.
  package func key(of citizen: String) -> VerificationKey? {
    state.withLock { $0.keys[citizen] }
  }

  /// The names of all citizens with a key, sorted. O(n log n).
  package var citizens: [String] { state.withLock { $0.keys.keys.sorted().map(\.text) } }

  /// Enrols `key` in place of an earlier one. Waits for the disk. Throws when the name is empty, the key isn't Ed25519,
  /// or writing fails.
  package func enrol(_ citizen: String, _ key: VerificationKey) throws(TokenError) {
    guard !citizen.isEmpty else { throw TokenError("the citizen's name is empty") }
    guard key.algorithm == .edDSA else { throw TokenError("the key is no Ed25519 key") }
    try change { $0[citizen] = key }
  }

  /// Removes a citizen's key, so that the wallet counts again; false when there was none. Waits for the disk.
  package func remove(_ citizen: String) throws(TokenError) -> Bool {
    var was = false
    try change { was = $0.removeValue(forKey: ExactText(citizen)) != nil }
    return was
  }

  /// Reads the keys again if they changed; true when it did. Call it about once a second. Waits for the disk.
  package func refresh() throws(TokenError) -> Bool {
    let version = store.version(of: .enrolled)
    if version == state.withLock({ $0.version }) { return false }
    let keys = try keys(try store.read(.enrolled))
    state.withLock { $0 = State(keys: keys, version: version) }
    return true
  }

  private func change(_ change: (inout [ExactText: VerificationKey]) -> Void) throws(TokenError) {
    try store.change(.enrolled) { (bytes) throws(TokenError) in
      var keys = try keys(bytes)
      change(&keys)
      return Self.json(keys).bytes
    }
    _ = try refresh()
  }

  private func keys(_ bytes: [UInt8]?) throws(TokenError) -> [ExactText: VerificationKey] {
    guard let bytes else { return [:] }
    let place = store.place(of: .enrolled)
    guard let json = try? JSON(parsing: bytes, limits: JSON.ParsingLimits(bytes: PrivateFile.byteLimit)),
      json["version"]?.integer == 1, let members = json["keys"]?.object?.members
    else { throw TokenError("\(place) holds no enrolled keys") }
    var keys: [ExactText: VerificationKey] = [:]
    for (citizen, text) in members {
      guard let bytes = text.string.flatMap({ Base64URL.bytes($0) }),
        let key = try? VerificationKey(.ed25519(bytes), .edDSA)
      else { throw TokenError("\(place) holds a key of '\(VisibleText.line(citizen))' that is no key") }
      keys[citizen] = key
    }
    return keys
  }

  private static func json(_ keys: [ExactText: VerificationKey]) -> JSON {
    let members = keys.sorted { $0.key < $1.key }.map { citizen, key -> (name: String, value: JSON) in
      guard case .ed25519(let bytes) = key.material else { return (citizen.text, .null) }
      return (citizen.text, .string(Base64URL.text(bytes)))
    }
    return ["version": 1, "keys": .object(JSON.Object(members))]
  }
}
