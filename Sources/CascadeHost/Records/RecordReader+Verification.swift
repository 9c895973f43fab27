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

extension RecordReader {
  /// Follows the chain of hashes through every segment; names the first place where it breaks. O(bytes). `each` gets
  /// the bytes of every record that is what was written.
  package func verify(
    _ each: (ArraySlice<UInt8>) throws(RecordLogError) -> Void = { _ in }
  ) throws(RecordLogError) -> RecordVerification {
    var found = RecordVerification()
    var head = RecordSegment.firstHash
    let numbers = try segments()
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
        try each(entry.payload)
      }
      if end != content.count, index < numbers.count - 1 {
        found.problem = "\(path) ends in the middle of a record"
        return found
      }
    }
    return found
  }
}
