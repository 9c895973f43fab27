internal import Core
package import Cryptography

/// The key ring of an issuer where hosts with one issuer share it: each change is one of the whole document.
package struct StoredKeyRing: Sendable {
  /// The store that keeps the ring.
  let store: any KeyStore
  /// The durations of the states.
  package let schedule: RotationSchedule
  /// The algorithm of new keys.
  package let algorithm: SignatureAlgorithm

  /// The ring in `store`. The default, ES256, signs about 14 times faster than RSA-2048 on OpenSSL 3.0.
  package init(
    _ store: any KeyStore, schedule: RotationSchedule = RotationSchedule(), algorithm: SignatureAlgorithm = .es256
  ) {
    self.store = store
    self.schedule = schedule
    self.algorithm = algorithm
  }

  /// The ring at `now` (milliseconds since 1970), with a first key if it had none and all due steps taken. Waits for
  /// the store, and for others' changes only to write: an up-to-date ring can be read where nothing can be written.
  /// Throws when the ring can't be read or written, or others may read it.
  package func current(now: Int64) throws(TokenError) -> KeyRing {
    if var kept = try read(), kept.active != nil, kept.advance(now: now, schedule).isEmpty { return kept }
    return try changing { (ring) throws(TokenError) in
      if ring.active == nil { try ring.publish(makeKey(), now: now) }
      return ring.advance(now: now, schedule)
    }
  }

  /// The ring at `now`, with all due steps taken in memory but nothing written; nil when there is none. Throws when it
  /// can't be read, or others may read it.
  package func reading(now: Int64) throws(TokenError) -> KeyRing? {
    var ring = try read()
    _ = ring?.advance(now: now, schedule)
    return ring
  }

  /// Publishes a new key, which becomes active later. Throws when one is still published.
  package func rotate(now: Int64) throws(TokenError) -> KeyRing {
    try changing { (ring) throws(TokenError) in
      let changes = ring.advance(now: now, schedule)
      try ring.publish(makeKey(), now: now)
      return changes
    }
  }

  private func makeKey() throws(TokenError) -> JSONWebKey {
    do { return JSONWebKey(try SigningKey.generate(algorithm)) } catch { throw TokenError(error.reason) }
  }

  /// Tells one ring from another without reading it.
  var version: KeyVersion? { store.version(of: .ring) }

  private func changing(
    _ change: (inout KeyRing) throws(TokenError) -> [KeyRing.Change]
  ) throws(TokenError) -> KeyRing {
    var ring = KeyRing()
    try store.change(.ring) { (bytes) throws(TokenError) in
      let before = try bytes.map { (bytes) throws(TokenError) in try parse(bytes) }
      ring = before ?? KeyRing()
      let count = ring.entries.count
      let changes = try change(&ring)
      let isSame = before != nil && changes.isEmpty && ring.entries.count == count
      return isSame ? nil : ring.secretJSON.bytes
    }
    return ring
  }

  private func read() throws(TokenError) -> KeyRing? {
    guard let bytes = try store.read(.ring) else { return nil }
    return try parse(bytes)
  }

  private func parse(_ bytes: [UInt8]) throws(TokenError) -> KeyRing {
    do {
      return try KeyRing(secretJSON: JSON(parsing: bytes))
    } catch {
      let reason = (error as? TokenError)?.reason ?? "it is not JSON"
      throw TokenError("\(store.place(of: .ring)) is damaged: \(reason); put back a copy")
    }
  }
}
