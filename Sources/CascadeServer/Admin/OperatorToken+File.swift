import Glibc

extension OperatorToken {
  /// The token in `dataDirectory`, made with mode 0600 if there is none; a missing directory is made
  /// with mode 0700. Processes that do this at the same time agree on one token.
  ///
  /// Throws `exposed` when group or others have any right to the file, `malformed` when it is no regular
  /// file or doesn't hold a token, and `unavailable` when the system refuses. Blocks on the disk.
  package static func load(orCreateIn dataDirectory: String) throws(OperatorTokenError) -> OperatorToken {
    let path = dataDirectory + "/" + fileName
    if let token = try read(path) { return token }
    try makeDirectories(dataDirectory)
    try publish(OperatorToken(), at: path, in: dataDirectory)
    // Another process may have been faster, so what counts is what stands there now.
    guard let token = try read(path) else {
      throw OperatorTokenError(
        code: .unavailable, message: "\(path): removed while it was being made; try again")
    }
    return token
  }

  /// The token at `path`, or nil when there is no such file.
  private static func read(_ path: String) throws(OperatorTokenError) -> OperatorToken? {
    // Neither a link nor a waiting pipe may hold us up.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if descriptor < 0 {
      switch errno {
      case ENOENT: return nil
      case ELOOP, ENXIO: throw notRegular(path)
      default: throw unavailable("can't read \(path)")
      }
    }
    defer { _ = close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw unavailable("can't read \(path)") }
    if status.st_mode & S_IFMT != S_IFREG { throw notRegular(path) }
    if status.st_mode & 0o077 != 0 {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw OperatorTokenError(
        code: .exposed,
        message: "\(path): others may use this token (mode 0\(mode)); "
          + "delete it to get a new one, or, if nobody can have read it, chmod 600 it")
    }
    return try parse(descriptor, path)
  }

  private static func parse(_ descriptor: Int32, _ path: String) throws(OperatorTokenError) -> OperatorToken {
    var bytes: [UInt8] = []
    let chunkSize = 256
    var chunk = [UInt8](repeating: 0, count: chunkSize)
    while bytes.count < chunkSize {
      let count = Glibc.read(descriptor, &chunk, chunkSize)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw unavailable("can't read \(path)") }
      if count == 0 { break }
      bytes += chunk.prefix(count)
    }
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    guard let token = OperatorToken(text: bytes) else {
      throw OperatorTokenError(
        code: .malformed,
        message: "\(path): not an operator token (\(length) characters of base64url); delete it to get a new one")
    }
    return token
  }

  /// Puts a complete file at `path` in one step, unless something is there already.
  private static func publish(
    _ token: OperatorToken, at path: String, in directory: String
  ) throws(OperatorTokenError) {
    let temporary = "\(directory)/.\(fileName).\(String(UInt64.random(in: .min ... .max), radix: 16))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw unavailable("can't write \(temporary)") }
    defer { _ = unlink(temporary) }
    let written = write(Array((token.secret + "\n").utf8), to: descriptor)
    let failure = errno
    if close(descriptor) != 0 || !written {
      if !written { errno = failure }
      throw unavailable("can't write \(temporary)")
    }
    // Unlike a rename, a link never replaces what another process has put there.
    if link(temporary, path) != 0 && errno != EEXIST { throw unavailable("can't make \(path)") }
    syncDirectory(directory)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return false }
      rest = rest.dropFirst(count)
    }
    // A umask can only have taken rights away; ours must stay.
    return fchmod(descriptor, 0o600) == 0 && fsync(descriptor) == 0
  }

  /// The name must outlast a power cut; where a directory can't be synced, nothing is lost but that.
  private static func syncDirectory(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    _ = close(descriptor)
  }

  private static func makeDirectories(_ path: String) throws(OperatorTokenError) {
    var current = path.hasPrefix("/") ? "/" : ""
    for step in path.split(separator: "/") {
      current += step
      if mkdir(current, 0o700) != 0 && errno != EEXIST && errno != EISDIR {
        let failure = errno
        var status = stat()
        // On a read-only file system an existing directory may be refused too.
        if stat(current, &status) != 0 {
          errno = failure
          throw unavailable("can't make directory \(current)")
        }
      }
      current += "/"
    }
  }

  private static func notRegular(_ path: String) -> OperatorTokenError {
    OperatorTokenError(
      code: .malformed, message: "\(path): not a regular file; remove it to get a new operator token")
  }

  private static func unavailable(_ what: String) -> OperatorTokenError {
    OperatorTokenError(code: .unavailable, message: "\(what): \(String(cString: strerror(errno)))")
  }
}
