import Glibc

/// The lines of standard input as bytes, split at line feeds only; keeps empty lines and repairs nothing.
struct InputLines {
  /// The most bytes of a line; cuts a longer one, which makes it invalid for its reader.
  static let limit = 1 << 20

  private var pending: [UInt8] = []
  private var isAtEnd = false

  /// The next line without its line feed; nil at the end.
  mutating func next() -> [UInt8]? {
    while true {
      if let feed = pending.firstIndex(of: 0x0A) {
        let line = Array(pending[..<feed])
        pending.removeFirst(feed + 1)
        return line
      }
      if isAtEnd {
        defer { pending = [] }
        return pending.isEmpty ? nil : pending
      }
      read()
    }
  }

  private mutating func read() {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(STDIN_FILENO, &chunk, chunk.count)
    if count < 0 && errno == EINTR { return }
    if count <= 0 {
      isAtEnd = true
    } else if pending.count < Self.limit {
      pending += chunk.prefix(count)
    } else if let feed = chunk.prefix(count).firstIndex(of: 0x0A) {
      pending += chunk[feed..<count]
    }
  }
}
