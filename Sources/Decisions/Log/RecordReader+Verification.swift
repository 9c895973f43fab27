package import Core
internal import Glibc
package import Ledger
internal import Platform

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
  /// Follows the chain of hashes through every segment of every log; names each place where it breaks, and bytes that
  /// are no record, also at the end. With the `heads` that a checkpoint has of the logs, also whether they were that
  /// then. Names a second record of a decision that was answered. Follows the chains over what `anchors` say was
  /// removed from their beginnings. O(bytes). `each` gets the bytes of every record that is what was written.
  package func verify(
    against heads: [RecordHead] = [], anchors: RecordAnchors = RecordAnchors(),
    _ each: (ArraySlice<UInt8>) throws(StoreError) -> Void = { _ in }
  ) throws(StoreError) -> RecordVerification {
    var walk = VerificationWalk()
    var folders = try folders()
    for head in heads {
      guard let folder = RecordLogName.folder(ofLog: head.log) else {
        walk.note("the checkpoint names the log of records '\(head.log)', which isn't here")
        continue
      }
      if !folders.contains(folder) { folders.append(folder) }
    }
    for folder in folders {
      let name = RecordLogName.name(ofFolder: folder)
      walk.begin(heads.first { $0.log == name }, anchors[name])
      try verify(folder, &walk, each)
    }
    return walk.found
  }

  private func verify(
    _ folder: String, _ walk: inout VerificationWalk, _ each: (ArraySlice<UInt8>) throws(StoreError) -> Void
  ) throws(StoreError) {
    let directory = self.folder(folder)
    let form = Segment(folder: folder, number: 0).form
    var numbers = File.exists(directory) ? try RecordFile.segments(in: directory) : []
    // The file of the next segment is made before anything is in it.
    if form == .turns, numbers.count > 1, try isEmpty(directory, numbers[numbers.count - 1]) { numbers.removeLast() }
    for (index, number) in numbers.enumerated() {
      if index > 0, number != numbers[index - 1] + 1 {
        walk.note("\(RecordFile.path(directory, numbers[index - 1] + 1)) is missing", isUnreadable: true)
      }
      let isLast = index == numbers.count - 1
      let read = try isLast ? settled(directory, number, form, walk.heads) : read(directory, number, form, walk.heads)
      guard let (content, scan) = read else {
        walk.note("\(RecordFile.path(directory, number)) is gone", isUnreadable: true)
        continue
      }
      if index == 0, case let expected = walk.enter(content, scan), number != expected {
        walk.note("\(RecordFile.path(directory, expected)) is missing", isUnreadable: true)
      }
      if content.bytes.isEmpty, !isLast { walk.note("\(content.path) is empty", isUnreadable: true) }
      try walk.take(content, scan, each)
    }
    walk.end(directory)
  }

  private func isEmpty(_ directory: String, _ number: Int) throws(StoreError) -> Bool {
    let path = RecordFile.path(directory, number)
    return File.exists(path) ? try RecordFile.Reader(path).length == 0 : false
  }

  private func read(
    _ directory: String, _ number: Int, _ form: RecordSegment.Form, _ heads: [[UInt8]]
  ) throws(StoreError) -> (SegmentContent, SegmentScan)? {
    guard let content = try SegmentContent.read(directory, number, form) else { return nil }
    return (content, content.scan(following: heads))
  }

  /// As above, of a segment that a host may be writing: an end in the middle of a frame is looked at again as long as
  /// it changes.
  private func settled(
    _ directory: String, _ number: Int, _ form: RecordSegment.Form, _ heads: [[UInt8]]
  ) throws(StoreError) -> (SegmentContent, SegmentScan)? {
    var last = try read(directory, number, form, heads)
    for _ in 0..<RecordLimits.looks where last?.1.faults.last?.kind == .torn {
      RecordFile.pause(RecordLimits.lookInterval)
      let next = try read(directory, number, form, heads)
      if next?.0 == last?.0 { break }
      last = next
    }
    return last
  }
}

/// What a verification has found on its way through the logs.
private struct VerificationWalk {
  private(set) var found = RecordVerification()
  /// What the next segment may follow.
  private(set) var heads = [RecordSegment.firstHash]
  private var names = RecordNames()
  private var head: RecordHead?
  /// Records of this log so far.
  private var place: Int64 = 0
  private var isPastHead = false
  private var anchors: [RecordAnchor] = []

  mutating func note(_ message: String, isUnreadable: Bool = false) {
    found.damage.append(RecordDamage(message: message, isUnreadable: isUnreadable))
  }

  /// Goes on with a log, of which a checkpoint has this head, and from whose beginning this may be gone.
  mutating func begin(_ head: RecordHead?, _ anchors: [RecordAnchor]) {
    self.head = head
    self.anchors = anchors
    heads = [RecordSegment.firstHash] + anchors.map(\.after)
    place = 0
    isPastHead = head.map { $0.sequence == 0 } ?? true
  }

  /// Enters a log by its first segment; the number that this one should have.
  mutating func enter(_ content: SegmentContent, _ scan: SegmentScan) -> Int {
    guard content.bytes.count >= RecordSegment.headBytes,
      let gone = anchors.place(before: Array(content.bytes[scan.previousHash]))
    else { return 1 }
    place = gone
    // A checkpoint of before the pruning is held against what the anchors say, where it falls between two of them.
    if let head, head.sequence > 0, head.sequence <= gone {
      isPastHead = true
      if let anchor = anchors.first(where: { $0.last == head.sequence }), anchor.after != head.hash {
        note("\(content.path): record \(head.sequence), which was removed, isn't the one that the checkpoint names")
      }
    }
    return anchors.count { $0.last <= gone } + 1
  }

  /// Takes in the next segment.
  mutating func take(
    _ content: SegmentContent, _ scan: SegmentScan, _ each: (ArraySlice<UInt8>) throws(StoreError) -> Void
  ) throws(StoreError) {
    for fault in content.faults + scan.faults { found.damage.append(RecordDamage(fault, in: content.path)) }
    for entry in scan.entries {
      for record in scan.records(in: entry) {
        place += 1
        if !entry.isGood { continue }
        let bytes = content.bytes[record.payload]
        found.records += 1
        if let problem = names.take(bytes) { note("\(content.path): record \(place) \(problem)") }
        try each(bytes)
      }
      compare(RecordSegment.hash(in: content.bytes, at: entry.place), content.path)
    }
    heads = scan.heads
  }

  /// Compares the hash of the last frame with the head, when that is it.
  private mutating func compare(_ hash: [UInt8], _ path: String) {
    guard let head, !isPastHead, place >= head.sequence else { return }
    isPastHead = true
    if place == head.sequence, hash == head.hash { return }
    note("\(path): record \(head.sequence) isn't the one that the checkpoint names")
  }

  /// The log ends here.
  mutating func end(_ directory: String) {
    guard let head, head.sequence > place else { return }
    note("\(directory) has \(place) records, and the checkpoint \(head.sequence): the last are missing")
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
      payload.place(of: Self.error, before: payload.endIndex) != nil
      && RecordedDecision(bytes: Array(payload))?.failure != nil
    if isFailure {
      failed.insert(id)
      return nil
    }
    answered.insert(id)
    return failed.contains(id) ? "has the id of a failure that came before it: \(id)" : nil
  }

  private static let error = Array(#""error":"#.utf8)
}
