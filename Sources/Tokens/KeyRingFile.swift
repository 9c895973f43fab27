internal import Core
package import Cryptography

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

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

  private func changing(
    _ change: (inout KeyRing) throws(TokenError) -> [KeyRing.Change]
  ) throws(TokenError) -> KeyRing {
    let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0, flock(lock, LOCK_EX) == 0 else { throw failure("lock") }
    defer { close(lock) }
    let before = try read()
    var ring = before ?? KeyRing()
    let count = ring.entries.count
    let changes = try change(&ring)
    if before == nil || !changes.isEmpty || ring.entries.count != count { try write(ring) }
    return ring
  }

  private func read() throws(TokenError) -> KeyRing? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    if file < 0 && errno == ENOENT { return nil }
    guard file >= 0 else { throw failure("open") }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("look at") }
    guard status.st_mode & 0o077 == 0 else {
      throw TokenError("\(path) can be read by others; its keys are no secret any more: chmod 600 it or remove it")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Self.read(file, &buffer)
      if count < 0 { throw failure("read") }
      if count == 0 { break }
      bytes += buffer[..<count]
      guard bytes.count <= 1 << 20 else { throw TokenError("\(path) is over 1 MiB") }
    }
    do { return try KeyRing(secretJSON: JSON(parsing: bytes)) } catch let error as TokenError { throw error } catch {
      throw TokenError("\(path) is not JSON")
    }
  }

  private func write(_ ring: KeyRing) throws(TokenError) {
    let temporary = path + ".new"
    unlink(temporary)
    let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("create") }
    defer { close(file) }
    var rest = ring.secretJSON.bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Self.write(file, $0) }
      guard count > 0 else { throw failure("write") }
      rest = rest.dropFirst(count)
    }
    guard fsync(file) == 0, rename(temporary, path) == 0 else { throw failure("replace") }
    syncDirectory()
  }

  /// Makes the new name last; where the system can't, the content is whole all the same.
  private func syncDirectory() {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(directory, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func read(_ file: Int32, _ buffer: inout [UInt8]) -> Int {
    buffer.withUnsafeMutableBytes { bytes in
      #if canImport(Glibc)
        Glibc.read(file, bytes.baseAddress, bytes.count)
      #else
        Darwin.read(file, bytes.baseAddress, bytes.count)
      #endif
    }
  }

  private static func write(_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(file, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(file, bytes.baseAddress, bytes.count)
    #endif
  }

  private func failure(_ what: String) -> TokenError {
    TokenError("cannot \(what) \(path): \(String(cString: strerror(errno)))")
  }
}
