package import Core
internal import Glibc
internal import Platform

/// Some acts of the audit log, by their places in it.
package struct AuditPart: Sendable {
  /// The acts, each with the place behind it.
  package var acts: [(position: UInt64, event: AuditEvent)] = []
  /// Where to read on.
  package var next: UInt64
  /// Whether the log had no more.
  package var isEnd = false
  /// Where the log goes on, when what came behind the place that was asked for isn't there any more; nil when it is.
  package var restart: UInt64?
}

extension AuditLog {
  // A place is a file's number and how many of its bytes come before.

  /// The place of the first act, and that behind the last one. Blocks. O(files).
  package func bounds() throws(StoreError) -> (oldest: UInt64, end: UInt64) {
    try StoreError.catching { () throws(FileError) in
      let numbers = try files.numbers()
      guard let first = numbers.first, let last = numbers.last else { return (Self.place(1, 0), Self.place(1, 0)) }
      return (Self.place(first, 0), Self.place(last, try FileSignature(files.path(of: last)).size))
    }
  }

  /// The acts behind a place in their order: at most `limit`, of about `bytes` at most. Lines that can't be read are
  /// passed over. Blocks. O(files + bytes).
  package func part(after position: UInt64, acts limit: Int, bytes: Int) throws(StoreError) -> AuditPart {
    try StoreError.catching { () throws(FileError) in
      let numbers = try files.numbers()
      let (wanted, offset) = (Int(clamping: position >> 32), Int(position & 0xFFFF_FFFF))
      guard let number = numbers.first(where: { $0 >= wanted }) else { return AuditPart(next: position, isEnd: true) }
      let start = number == wanted ? offset : 0
      var part = AuditPart(next: Self.place(number, start))
      if wanted > 0, number > wanted { part.restart = part.next }
      let chunk = try Descriptor(opening: files.path(of: number), O_RDONLY).bytes(bytes, at: start)
      var line = chunk.startIndex
      while part.acts.count < limit, let end = chunk[line...].firstIndex(of: UInt8(ascii: "\n")) {
        let place = Self.place(number, start + end + 1)
        if let event = (try? JSON(parsing: Array(chunk[line..<end]))).flatMap(AuditEvent.init(json:)) {
          part.acts.append((place, event))
        }
        part.next = place
        line = end + 1
      }
      if part.acts.count == limit { return part }
      if chunk.count == bytes {
        // A line is shorter than this, so what has no end is no line.
        if line == chunk.startIndex { part.next = Self.place(number, start + chunk.count) }
      } else if let later = numbers.first(where: { $0 > number }) {
        part.next = Self.place(later, 0)
      } else {
        part.isEnd = true
      }
      return part
    }
  }

  private static func place(_ number: Int, _ offset: Int) -> UInt64 {
    UInt64(clamping: number) << 32 | UInt64(clamping: offset)
  }
}
