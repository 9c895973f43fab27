internal import Core
package import Cryptography
internal import Platform
internal import Synchronization

/// The Ed25519 keys that operators enrolled for citizens, in a file that hosts and commands share. An enrolled key
/// overrides the wallet.
package final class EnrolledKeys: Sendable {
  private struct State {
    var keys: [ExactText: VerificationKey] = [:]
    var signature: FileSignature?
  }

  private let file: PrivateFile
  private let state = Mutex(State())

  /// Opens the keys in `directory`. Waits for the disk. Throws when the file is unreadable or others may read it.
  package init(_ directory: KeyDirectory) throws(TokenError) {
    file = PrivateFile(path: directory.path + "/enrolled.json")
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

  /// Reads the file again if it changed; true when it did. Call it about once a second. Waits for the disk.
  package func refresh() throws(TokenError) -> Bool {
    let signature = file.signature
    if signature == state.withLock({ $0.signature }) { return false }
    let keys = try read()
    state.withLock { $0 = State(keys: keys, signature: signature) }
    return true
  }

  private func change(_ change: (inout [ExactText: VerificationKey]) -> Void) throws(TokenError) {
    try file.locked { () throws(TokenError) in
      var keys = try read()
      change(&keys)
      try file.replace(with: Self.json(keys).bytes)
      let signature = file.signature
      state.withLock { $0 = State(keys: keys, signature: signature) }
    }
  }

  private func read() throws(TokenError) -> [ExactText: VerificationKey] {
    guard let bytes = try file.read() else { return [:] }
    guard let json = try? JSON(parsing: bytes, limits: JSON.ParsingLimits(bytes: PrivateFile.byteLimit)),
      json["version"]?.integer == 1, let members = json["keys"]?.object?.members
    else { throw TokenError("\(file.path) holds no enrolled keys") }
    var keys: [ExactText: VerificationKey] = [:]
    for (citizen, text) in members {
      guard let bytes = text.string.flatMap({ Base64URL.bytes($0) }),
        let key = try? VerificationKey(.ed25519(bytes), .edDSA)
      else { throw TokenError("\(file.path) holds a key of '\(VisibleText.line(citizen))' that is no key") }
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
