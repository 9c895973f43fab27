internal import Core
internal import Glibc
internal import Platform

/// The files of ``RecordLog``: what their names are, and reading and writing parts of them.
enum RecordFile {
  /// The numbers of the segments in a directory, packed or not, ascending.
  static func segments(in directory: String) throws(StoreError) -> [Int] {
    Set(try numbers(in: directory, ending: segmentEnding) + numbers(in: directory, ending: packedEnding)).sorted()
  }

  private static let segmentEnding = ".records"
  private static let packedEnding = ".packed"

  private static func numbers(in directory: String, ending: String) throws(StoreError) -> [Int] {
    try StoreError.catching { () throws(FileError) in try NumberedFiles(in: directory, ending: ending).numbers() }
  }

  /// The names of what lies in a directory, in no order.
  static func names(in directory: String) throws(StoreError) -> [String] {
    try StoreError.catching { () throws(FileError) in try Directory.entries(of: directory).map(\.name) }
  }

  /// Where a segment lies that is not packed.
  static func path(_ directory: String, _ number: Int, ending: String = segmentEnding) -> String {
    NumberedFiles(in: directory, ending: ending).path(of: number)
  }

  /// Where the index of a full segment lies.
  static func indexPath(_ directory: String, _ number: Int) -> String {
    path(directory, number, ending: ".index")
  }

  /// Where a segment lies once it is packed.
  static func packedPath(_ directory: String, _ number: Int) -> String {
    path(directory, number, ending: packedEnding)
  }

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

  /// Replaces a whole file; see ``File/replace(_:with:)``.
  static func replace(_ path: String, with bytes: [UInt8]) throws(StoreError) {
    try StoreError.catching { () throws(FileError) in try File.replace(path, with: bytes) }
  }

  /// Returns when what was written is durable. A failure is told once by the system: what was written since the last
  /// success may be lost then, whatever a further attempt says.
  static func sync(_ descriptor: Int32, _ path: String) throws(StoreError) {
    if fsync(descriptor) != 0 { throw failure("sync", path) }
  }

  /// The whole content of a file.
  static func read(_ path: String) throws(StoreError) -> [UInt8] {
    try StoreError.catching { () throws(FileError) in try File.read(path) }
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
      try StoreError.catching { () throws(FileError) in try Directory.sync(holding: path) }
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
    let error = FileError(verb, path)
    return StoreError(error.isFull ? .full : .io, error.description)
  }
}
