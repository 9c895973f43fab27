import Glibc

/// The lines of standard input as bytes: each ends with LF or CR LF, empty ones included, nothing repaired.
struct InputLines {
  /// The most bytes of a line; cuts a longer one, which makes it invalid for its reader.
  static let limit = 1 << 20

  private var pending: [UInt8] = []
  private var isAtEnd = false

  /// The next line without its end; nil when there is none. Of the last line, which nothing ends, a CR is part. Throws
  /// when the input can't be read.
  mutating func next() throws(ReadingError) -> [UInt8]? {
    while true {
      if let feed = pending.firstIndex(of: 0x0A) {
        let line = pending[..<feed]
        let isReturned = line.last == 0x0D
        defer { pending.removeFirst(feed + 1) }
        return Array(isReturned ? line.dropLast() : line)
      }
      if isAtEnd {
        defer { pending = [] }
        return pending.isEmpty ? nil : pending
      }
      try read()
    }
  }

  private mutating func read() throws(ReadingError) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(STDIN_FILENO, &chunk, chunk.count)
    if count < 0 && errno == EINTR { return }
    if count < 0 {
      throw ReadingError(message: "can't read standard input: \(String(cString: strerror(errno)))")
    }
    if count == 0 {
      isAtEnd = true
    } else if pending.count < Self.limit {
      pending += chunk.prefix(count)
    } else if let feed = chunk.prefix(count).firstIndex(of: 0x0A) {
      pending += chunk[feed..<count]
    }
  }
}
