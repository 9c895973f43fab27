package import Core
internal import Glibc
package import Ledger

/// Something in the log that isn't what was written.
package struct RecordDamage: Sendable, Equatable {
  /// Where and what: the file, the number of the record in it.
  package var message: String
  /// Whether bytes can't be read as records at all, and not only were changed.
  package var isUnreadable = false

  /// Damage of this kind.
  package init(message: String, isUnreadable: Bool = false) {
    self.message = message
    self.isUnreadable = isUnreadable
  }

  init(_ fault: SegmentScan.Fault, in path: String) {
    self.init(message: "\(path): \(fault.message)", isUnreadable: fault.kind != .changed)
  }
}

/// What a verification of the log found.
package struct RecordVerification: Sendable, Equatable {
  /// Records that are what was written.
  package var records = 0
  /// What is wrong, in the order of the segments; of one segment at most ``RecordLimits/faults``.
  package var damage: [RecordDamage] = []

  /// So many records, and what is wrong.
  package init(records: Int = 0, damage: [RecordDamage] = []) {
    self.records = records
    self.damage = damage
  }

  /// The first thing that is wrong, with its file; nil when nothing is.
  package var problem: String? { damage.first?.message }
}

extension RecordReader {
  /// Follows the chain of hashes through every segment; names each place where it breaks, and bytes that are no record,
  /// also at the end. With the `head` that a checkpoint has of this log, also whether the log was that then. Names a
  /// second record of a decision that was answered. O(bytes). `each` gets the bytes of every record that is what was
  /// written.
  package func verify(
    against head: RecordHead? = nil, _ each: (ArraySlice<UInt8>) throws(StoreError) -> Void = { _ in }
  ) throws(StoreError) -> RecordVerification {
    var found = RecordVerification()
    var names = RecordNames()
    var place: Int64 = 0
    var heads = [RecordSegment.firstHash]
    let numbers = RecordFile.exists(directory) ? try segments() : []
    for (index, number) in numbers.enumerated() {
      let path = RecordFile.path(directory, number)
      let expected = index == 0 ? 1 : numbers[index - 1] + 1
      if number != expected {
        found.damage.append(
          RecordDamage(message: "\(RecordFile.path(directory, expected)) is missing", isUnreadable: true))
      }
      let isLast = index == numbers.count - 1
      let (content, scan) = try isLast ? settled(path, heads) : read(path, heads)
      if content.isEmpty, !isLast { found.damage.append(RecordDamage(message: "\(path) is empty", isUnreadable: true)) }
      for fault in scan.faults { found.damage.append(RecordDamage(fault, in: path)) }
      for entry in scan.entries {
        place += 1
        if place == head?.sequence, RecordSegment.hash(in: content, at: entry.place) != head?.hash {
          found.damage.append(RecordDamage(message: "\(path): record \(place) isn't the one that the checkpoint names"))
        }
        if !entry.isGood { continue }
        found.records += 1
        if let problem = names.take(content[entry.payload]) {
          found.damage.append(RecordDamage(message: "\(path): record \(place) \(problem)"))
        }
        try each(content[entry.payload])
      }
      heads = scan.heads
    }
    if let head, head.sequence > place {
      let message = "\(directory) has \(place) records, and the checkpoint \(head.sequence): the last are missing"
      found.damage.append(RecordDamage(message: message))
    }
    return found
  }

  private func read(_ path: String, _ heads: [[UInt8]]) throws(StoreError) -> ([UInt8], SegmentScan) {
    let content = try RecordFile.read(path)
    return (content, SegmentScan(content, following: heads))
  }

  /// As above, of a segment that a host may be writing: an end in the middle of a record is looked at again as long as
  /// it changes.
  private func settled(_ path: String, _ heads: [[UInt8]]) throws(StoreError) -> ([UInt8], SegmentScan) {
    var last = try read(path, heads)
    for _ in 0..<RecordLimits.looks where last.1.faults.last?.kind == .torn {
      RecordFile.pause(RecordLimits.lookInterval)
      let next = try read(path, heads)
      if next.0 == last.0 { break }
      last = next
    }
    return last
  }
}

/// The ids of a log's records: a decision is answered once. One that failed so that it bound no key may be tried again
/// under its id, and leaves a record each time.
private struct RecordNames {
  private var answered: Set<Identifier> = []
  private var failed: Set<Identifier> = []

  /// What is wrong with the id of the next record; nil when nothing is. O(1) but for failures, which are parsed.
  mutating func take(_ payload: ArraySlice<UInt8>) -> String? {
    guard let id = RecordSegment.id(of: payload) else { return "has no id" }
    if answered.contains(id) { return "has the id of an answered decision once more: \(id)" }
    // Only a record with these bytes can be a failure, and not each of them is.
    let isFailure =
      payload.firstRange(of: Self.error) != nil && RecordedDecision(bytes: Array(payload))?.failure != nil
    if isFailure {
      failed.insert(id)
      return nil
    }
    answered.insert(id)
    return failed.contains(id) ? "has the id of a failure that came before it: \(id)" : nil
  }

  private static let error = Array(#""error":"#.utf8)
}
