internal import Glibc

/// An open file, closed when it is let go.
package struct Descriptor: ~Copyable {
  /// The number that the system calls take.
  package let number: Int32
  /// Where it was opened.
  package let path: String

  /// Opens `path` with these flags and `O_CLOEXEC`; one that is made only its owner may use.
  package init(opening path: String, _ flags: Int32) throws(FileError) {
    let opened = unsafe open(path, flags | O_CLOEXEC, 0o600)
    if opened < 0 { throw FileError("open", path) }
    number = opened
    self.path = path
  }

  deinit { close(number) }

  /// What is left to read, at most `limit` bytes and one more. O(bytes).
  package func readAll(limit: Int = .max) throws(FileError) -> [UInt8] {
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while content.count <= limit {
      let most = limit == .max ? buffer.count : min(buffer.count, limit + 1 - content.count)
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(number, $0.baseAddress, most) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw FileError("read", path) }
      if count == 0 { break }
      content += buffer[..<count]
    }
    return content
  }

  /// The next bytes, at most `count`; none at the end. O(bytes).
  package func next(_ count: Int) throws(FileError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    while true {
      let found = unsafe buffer.withUnsafeMutableBytes { unsafe read(number, $0.baseAddress, $0.count) }
      if found < 0, errno == EINTR { continue }
      if found < 0 { throw FileError("read", path) }
      buffer.removeLast(count - found)
      return buffer
    }
  }

  /// The bytes from the place `start` on, at most `count`; fewer only where the file ends. O(bytes).
  package func bytes(_ count: Int, at start: Int) throws(FileError) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let found = unsafe buffer[done...].withUnsafeMutableBytes {
        unsafe pread(number, $0.baseAddress, $0.count, off_t(start + done))
      }
      if found < 0, errno == EINTR { continue }
      if found < 0 { throw FileError("read", path) }
      if found == 0 { break }
      done += found
    }
    buffer.removeLast(count - done)
    return buffer
  }

  /// Writes all of `content` from the place `start` on. O(bytes).
  package func write(_ content: [UInt8], at start: Int) throws(FileError) {
    var done = 0
    while done < content.count {
      let count = unsafe content[done...].withUnsafeBytes {
        unsafe pwrite(number, $0.baseAddress, $0.count, off_t(start + done))
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw FileError("write", path) }
      done += count
    }
  }

  /// Makes the file `length` bytes long.
  package func cut(to length: Int) throws(FileError) {
    if ftruncate(number, off_t(length)) != 0 { throw FileError("cut", path) }
  }

  /// Writes all of `content`. O(bytes).
  package func write(_ content: [UInt8]) throws(FileError) {
    var rest = content[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw FileError("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  /// Says that the file changed when another did last.
  package func takeAge(of other: borrowing Descriptor) throws(FileError) {
    var status = stat()
    if unsafe fstat(other.number, &status) != 0 { throw FileError("look at", other.path) }
    let times = [status.st_mtim, status.st_mtim]
    if unsafe futimens(number, times) != 0 { throw FileError("write", path) }
  }

  /// Returns when what was written is durable. The system reports a failure once: what was written since the last
  /// success may be lost, and trying again doesn't bring it back.
  package func sync() throws(FileError) {
    if fsync(number) != 0 { throw FileError("sync", path) }
  }
}
