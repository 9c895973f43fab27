internal import Core
internal import Glibc

/// The system calls under ``RecordLog`` and ``CheckpointBook``.
enum RecordFile {
  /// Makes a directory durably; it may be there already, and the one above it is made, too.
  static func makeDirectory(_ path: String) throws(StoreError) {
    if mkdir(path, 0o700) == 0 { return try syncDirectory(of: path) }
    if errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastPlace(of: "/"), slash != path.startIndex else {
      throw failure("make", path)
    }
    try makeDirectory(String(path[..<slash]))
    if mkdir(path, 0o700) != 0, errno != EEXIST { throw failure("make", path) }
    try syncDirectory(of: path)
  }

  /// The numbers of the segments in a directory, packed or not, ascending.
  static func segments(in directory: String) throws(StoreError) -> [Int] {
    Set(try numbers(in: directory, ending: segmentEnding) + numbers(in: directory, ending: packedEnding)).sorted()
  }

  private static let segmentEnding = ".records"
  private static let packedEnding = ".packed"

  /// The names of what lies in a directory, in no order.
  static func names(in directory: String) throws(StoreError) -> [String] {
    guard let stream = opendir(directory) else { throw failure("read", directory) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    return names
  }

  /// The numbers that files of this ending are named after, ascending.
  static func numbers(in directory: String, ending: String) throws(StoreError) -> [Int] {
    var numbers: [Int] = []
    for name in try names(in: directory) {
      if name.ends(with: ending), let number = Int(name.dropLast(ending.count)) { numbers.append(number) }
    }
    return numbers.sorted()
  }

  static func path(_ directory: String, _ number: Int, ending: String = segmentEnding) -> String {
    let digits = String(number)
    return directory + "/" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits + ending
  }

  /// Where the index of a full segment lies.
  static func indexPath(_ directory: String, _ number: Int) -> String {
    path(directory, number, ending: ".index")
  }

  /// Where a segment lies once it is packed.
  static func packedPath(_ directory: String, _ number: Int) -> String {
    path(directory, number, ending: packedEnding)
  }

  static func remove(_ path: String) { unlink(path) }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Reads parts of a file, opened for each so that as many may be read from as there are.
  struct Reader: Sendable {
    let length: Int
    private let path: String

    init(_ path: String) throws(StoreError) {
      var status = stat()
      if stat(path, &status) != 0 { throw failure("read", path) }
      length = Int(status.st_size)
      self.path = path
    }

    /// Exactly `count` bytes from `place` on.
    func read(_ count: Int, at place: Int) throws(StoreError) -> [UInt8] {
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
      if descriptor < 0 { throw failure("open", path) }
      defer { close(descriptor) }
      // A length that damage made must not ask for more memory than a record may take.
      guard place >= 0, count <= RecordLimits.parsing.bytes else {
        throw StoreError(.corrupt, "\(path) has no \(count) bytes at \(place)")
      }
      var bytes = [UInt8](repeating: 0, count: count)
      var done = 0
      while done < count {
        let part = bytes[done...].withUnsafeMutableBytes { rest in
          pread(descriptor, rest.baseAddress, rest.count, off_t(place + done))
        }
        if part < 0, errno == EINTR { continue }
        if part < 0 { throw failure("read", path) }
        if part == 0 { throw StoreError(.corrupt, "\(path) ends before byte \(place + count)") }
        done += part
      }
      return bytes
    }
  }

  /// Puts a whole file in its place, in one step; it is durable when this returns. After a failure the one before is
  /// in its place, or the new one, which may not be durable.
  static func replace(_ path: String, with bytes: [UInt8]) throws(StoreError) {
    let temporary = path + ".new"
    let descriptor = try open(temporary, cutTo: 0)
    do throws(StoreError) {
      try write(bytes[...], to: descriptor, at: 0)
      try sync(descriptor, temporary)
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    close(descriptor)
    try rename(temporary, to: path)
  }

  /// Gives a file another name in its directory, in place of what has that, durably.
  static func rename(_ path: String, to other: String) throws(StoreError) {
    if Glibc.rename(path, other) != 0 { throw failure("rename", path) }
    try syncDirectory(of: other)
  }

  /// Returns when what was written is durable. A failure is told once by the system: what was written since the last
  /// success may be lost then, whatever a further attempt says.
  static func sync(_ descriptor: Int32, _ path: String) throws(StoreError) {
    if fsync(descriptor) != 0 { throw failure("sync", path) }
  }

  /// Makes durable that a name is in its directory, or isn't any more.
  static func syncDirectory(of path: String) throws(StoreError) {
    let directory = path.lastPlace(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw failure("open", directory) }
    defer { close(descriptor) }
    try sync(descriptor, directory)
  }

  static func read(_ path: String) throws(StoreError) -> [UInt8] {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw failure("open", path) }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw failure("read", path) }
      if count == 0 { return content }
      content += buffer[..<count]
    }
  }

  /// Opens a file for writing, cut to `length`.
  static func open(_ path: String, cutTo length: Int) throws(StoreError) -> Int32 {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw failure("open", path) }
    if ftruncate(descriptor, length) != 0 {
      let error = failure("cut", path)
      close(descriptor)
      throw error
    }
    return descriptor
  }

  /// Cuts a file to `length`, durably.
  static func cut(_ path: String, to length: Int) throws(StoreError) {
    let descriptor = try open(path, cutTo: length)
    defer { close(descriptor) }
    try sync(descriptor, path)
  }

  /// Makes the file of a segment that nobody has written to. Throws when something was: that is never written over.
  static func create(_ path: String) throws(StoreError) -> Int32 {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw failure("open", path) }
    var status = stat()
    do throws(StoreError) {
      if fstat(descriptor, &status) != 0 { throw failure("read", path) }
      if status.st_size > 0 { throw StoreError(.io, "\(path) is there already, and is not written over") }
      try syncDirectory(of: path)
      return descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Writes all of `bytes` from `place` on, where the file ends; after a failure the file is as long as before.
  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, at place: Int) throws(StoreError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.dropFirst(done).withUnsafeBytes { rest in
        pwrite(descriptor, rest.baseAddress, rest.count, off_t(place + done))
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 {
        let error = failure("write to", "the log of records")
        // Where that fails, too, the next attempt writes over it.
        _ = ftruncate(descriptor, place)
        throw error
      }
      done += count
    }
  }

  /// Appends all of `bytes` in one write to a file that others append to, too.
  static func append(_ bytes: [UInt8], to path: String) throws(StoreError) {
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor < 0 { throw failure("open", path) }
    defer { close(descriptor) }
    let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count != bytes.count { throw failure("write to", path) }
  }

  /// Cuts an open file to `length`.
  static func cut(_ descriptor: Int32, to length: Int) throws(StoreError) {
    if ftruncate(descriptor, length) != 0 { throw failure("cut", "the log of records") }
  }

  /// Waits, at least a moment.
  static func pause(_ duration: Duration) {
    let parts = duration.components
    var time = timespec(tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
    nanosleep(&time, nil)
  }

  static func failure(_ verb: String, _ path: String) -> StoreError {
    let code = errno
    let isFull = [ENOSPC, EDQUOT, EFBIG].contains(code)
    return StoreError(isFull ? .full : .io, "can't \(verb) \(path): \(String(cString: strerror(code)))")
  }
}
