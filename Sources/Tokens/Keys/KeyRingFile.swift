internal import Core
package import Cryptography

/// The ring of an issuer in a file that only its owner may read, shared by the hosts that issue in its name: each
/// change is made under a lock and replaces the file as a whole.
package struct KeyRingFile: Sendable {
  /// Where the file lies; the lock lies beside it, with `.lock` behind the name.
  package let path: String
  /// How long each state lasts.
  package let schedule: RotationSchedule
  /// What new keys sign with.
  package let algorithm: SignatureAlgorithm

  /// The ring at `path`. ES256 signs about 14 times faster than RSA-2048 on OpenSSL 3.0.
  package init(
    path: String, schedule: RotationSchedule = RotationSchedule(), algorithm: SignatureAlgorithm = .es256
  ) {
    self.path = path
    self.schedule = schedule
    self.algorithm = algorithm
  }

  /// The ring as it is at `now` (milliseconds since 1970), with a first key when there was none, and the steps whose
  /// time has come. Waits for the lock and the disk. Throws when the file can't be read, trusted or written.
  package func current(now: Int64) throws(TokenError) -> KeyRing {
    try changing { (ring) throws(TokenError) in
      if ring.active == nil { try ring.publish(makeKey(), now: now) }
      return ring.advance(now: now, schedule)
    }
  }

  /// Publishes a new key, which becomes active when its time has come. Throws when one is published still.
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

  private var file: PrivateFile { PrivateFile(path: path) }

  /// What tells one content of the file from another without reading it.
  var stamp: PrivateFile.Stamp? { file.stamp }

  private func changing(
    _ change: (inout KeyRing) throws(TokenError) -> [KeyRing.Change]
  ) throws(TokenError) -> KeyRing {
    try file.locked { () throws(TokenError) in
      let before = try read()
      var ring = before ?? KeyRing()
      let count = ring.entries.count
      let changes = try change(&ring)
      if before == nil || !changes.isEmpty || ring.entries.count != count {
        try file.replace(with: ring.secretJSON.bytes)
      }
      return ring
    }
  }

  private func read() throws(TokenError) -> KeyRing? {
    guard let bytes = try file.read() else { return nil }
    do { return try KeyRing(secretJSON: JSON(parsing: bytes)) } catch let error as TokenError { throw error } catch {
      throw TokenError("\(path) is not JSON")
    }
  }
}
