package import Core

/// What a verification of the log found.
package struct RecordVerification: Sendable, Equatable {
  /// Records that were read.
  package var records = 0
  /// The first thing that is wrong, with its file; nil when nothing is.
  package var problem: String?

  /// So many records, and what is wrong.
  package init(records: Int = 0, problem: String? = nil) {
    self.records = records
    self.problem = problem
  }
}

extension RecordLog {
  /// The record with this id, nil when it isn't there. Blocks. O(segments), newest first.
  package func record(_ id: Identifier) throws(RecordLogError) -> RecordedDecision? {
    for number in try RecordFile.segments(in: directory).reversed() {
      let entries = RecordSegment.entries(try RecordFile.read(RecordFile.path(directory, number))).entries
      if let found = entries.last(where: { Self.id(of: $0.payload) == id }) {
        return RecordedDecision(bytes: Array(found.payload))
      }
    }
    return nil
  }

  /// Records newest first, at most `limit`: from the end, or those before the one with the id `before`.
  /// Blocks. O(segments read).
  package func page(before: Identifier? = nil, limit: Int) throws(RecordLogError) -> [RecordedDecision] {
    var page: [RecordedDecision] = []
    var isBehind = before == nil
    for number in try RecordFile.segments(in: directory).reversed() {
      let entries = RecordSegment.entries(try RecordFile.read(RecordFile.path(directory, number))).entries
      for entry in entries.reversed() {
        if isBehind {
          if page.count >= limit { return page }
          if let record = RecordedDecision(bytes: Array(entry.payload)) { page.append(record) }
        } else if Self.id(of: entry.payload) == before {
          isBehind = true
        }
      }
    }
    return page
  }

  /// Follows the chain of hashes through every segment; names the first place where it breaks. Blocks. O(bytes).
  package func verify() throws(RecordLogError) -> RecordVerification {
    var found = RecordVerification()
    var head = RecordSegment.firstHash
    let numbers = try RecordFile.segments(in: directory)
    for (index, number) in numbers.enumerated() {
      let path = RecordFile.path(directory, number)
      let content = try RecordFile.read(path)
      if content.isEmpty, index == numbers.count - 1 { break }
      guard number == index + 1, RecordSegment.previousHash(content) == head else {
        found.problem = "\(path) does not follow the segment before it"
        return found
      }
      let (entries, end) = RecordSegment.entries(content)
      for entry in entries {
        head = RecordSegment.hash(entry.payload, after: head)
        guard head == entry.hash else {
          found.problem = "\(path): record \(found.records + 1) is not what was written"
          return found
        }
        found.records += 1
      }
      if end != content.count, index < numbers.count - 1 {
        found.problem = "\(path) ends in the middle of a record"
        return found
      }
    }
    return found
  }

  /// The id at the beginning of a record's bytes, `{"id":"…"`.
  private static func id(of payload: ArraySlice<UInt8>) -> Identifier? {
    let prefix = Array(#"{"id":""#.utf8)
    guard payload.starts(with: prefix) else { return nil }
    return Identifier(String(decoding: payload.dropFirst(prefix.count).prefix(36), as: UTF8.self))
  }
}
