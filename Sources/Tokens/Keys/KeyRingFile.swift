internal import Core
package import Cryptography
internal import Platform

/// The key ring of an issuer in a file that only its owner may read. Hosts with one issuer share it: each change takes
/// a lock and replaces the whole file.
package struct KeyRingFile: Sendable {
  /// The path of the file; the lock file has `.lock` appended.
  package let path: String
  /// The durations of the states.
  package let schedule: RotationSchedule
  /// The algorithm of new keys.
  package let algorithm: SignatureAlgorithm

  /// Names the ring at `path`. The default, ES256, signs about 14 times faster than RSA-2048 on OpenSSL 3.0.
  package init(
    path: String, schedule: RotationSchedule = RotationSchedule(), algorithm: SignatureAlgorithm = .es256
  ) {
    self.path = path
    self.schedule = schedule
    self.algorithm = algorithm
  }

  /// The ring at `now` (milliseconds since 1970), with a first key if it had none and all due steps taken. Waits for
  /// the disk, and for the lock only to write: an up-to-date ring can be read from a read-only file system. Throws when
  /// the file can't be read or written, or others may read it.
  package func current(now: Int64) throws(TokenError) -> KeyRing {
    if var kept = try read(), kept.active != nil, kept.advance(now: now, schedule).isEmpty { return kept }
    return try changing { (ring) throws(TokenError) in
      if ring.active == nil { try ring.publish(makeKey(), now: now) }
      return ring.advance(now: now, schedule)
    }
  }

  /// The ring at `now`, with all due steps taken in memory but nothing written; nil without a file. Throws when the
  /// file can't be read, or others may read it.
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

  private var file: PrivateFile { PrivateFile(path: path) }

  /// Identifies the file's content without reading it.
  var signature: FileSignature? { file.signature }

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
