internal import Core

/// What a segment file holds, by its hashes: which records are what was written, what is damaged, and how it ends.
///
/// Damage is stepped over where what follows shows where it ends, so that one bad byte costs one record. What a crash
/// left half written at the end is told apart from damage: it alone may be cut off. O(bytes).
struct SegmentScan {
  /// A frame that is whole.
  struct Entry: Equatable {
    /// The place at which the frame begins.
    var place: Int
    /// Where its payload is.
    var payload: Range<Int>
    /// Whether a hash shows that these are the bytes that were written.
    var isGood: Bool
  }

  /// A record in a frame.
  struct Record: Equatable {
    /// Where it begins, with the length before it.
    var place: Int
    /// Where its bytes are.
    var payload: Range<Int>
  }

  /// Something that isn't as it was written.
  struct Fault: Equatable {
    /// How much is lost.
    enum Kind {
      /// Read, and other than it was written.
      case changed
      /// Bytes that no record can be read from.
      case unreadable
      /// The same, and a write that a crash cut short leaves such bytes: nothing written before is lost.
      case torn
    }

    var kind: Kind
    var message: String
  }

  /// The frames that can be read, in order.
  private(set) var entries: [Entry] = []
  /// What is wrong, in order; the last one alone may be torn.
  private(set) var faults: [Fault] = []
  /// What the next segment may follow, the likeliest hash first; several when the last record is damaged.
  private(set) var heads: [[UInt8]]
  /// Where what can be read ends.
  private(set) var end = 0

  /// How many records the frames hold.
  var recordCount: Int64 { entries.reduce(0) { $0 + Int64(records(in: $1).count) } }

  private let form: RecordSegment.Form
  private let content: [UInt8]
  /// Where the bytes end that aren't zero: behind it nothing may have reached the disk.
  private let written: Int
  /// A piece that can't be read lies before: the next frame's hash may follow one that is lost.
  private var isBehindGap = false

  /// Reads a segment that follows a hash of `expected`; of a file that begins in the middle of nothing known, any.
  init(_ content: [UInt8], _ form: RecordSegment.Form, following expected: [[UInt8]]? = nil) {
    self.content = content
    self.form = form
    heads = expected ?? []
    written = content.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    if content.isEmpty || !readHead(expected) { return }
    end = RecordSegment.headBytes
    while end < content.count, let next = step(at: end) { end = next }
    if end < content.count { readTail() }
  }

  /// Whether something is damaged, beyond what a crash explains.
  var isDamaged: Bool { faults.contains { $0.kind != .torn } }

  /// Where the hash lies that the first frame follows.
  var previousHash: Range<Int> { form.magic.count..<RecordSegment.headBytes }

  /// The records of a frame, in order, as far as it is made of records. O(records).
  func records(in entry: Entry) -> [Record] {
    if form == .single { return [Record(place: entry.place, payload: entry.payload)] }
    return RecordSegment.records(in: content, entry.payload)
  }

  private mutating func note(_ kind: Fault.Kind, _ message: String) {
    if faults.count < RecordLimits.faults { faults.append(Fault(kind: kind, message: message)) }
  }

  /// Takes in the file's head; false when there are no records to read behind it.
  private mutating func readHead(_ expected: [[UInt8]]?) -> Bool {
    let magic = form.magic
    // A head is written together with the first records.
    if written <= RecordSegment.headBytes, magic.starts(with: content.prefix(min(written, magic.count))) {
      note(.torn, "ends before its first record, which was not written to its end")
      return false
    }
    guard content.count >= RecordSegment.headBytes else {
      note(.unreadable, "does not begin as a segment does, and has no records")
      return false
    }
    let stored = Array(content[magic.count..<RecordSegment.headBytes])
    if !content.starts(with: magic) { note(.changed, "does not begin as a segment does") }
    if let expected, !expected.contains(stored) { note(.changed, "does not follow the segment before it") }
    heads = [stored] + heads.filter { $0 != stored }
    return true
  }

  /// Where the record after the one at `place` begins; nil when no further one can be read.
  private mutating func step(at place: Int) -> Int? {
    let frame = RecordSegment.Frame(content, at: place)
    if let frame, follows(frame) {
      add(frame, isGood: true, next: [frame.hash])
      return frame.payload.upperBound
    }
    // After a gap a frame is only trusted once the record after it chains to it.
    if let frame, isBehindGap, frame.hasShape(form, in: content) {
      add(frame, isGood: false, next: [frame.hash])
      return frame.payload.upperBound
    }
    let number = entries.count + 1
    if let frame {
      let next = [frame.hash] + heads.map { RecordSegment.hash(content[frame.payload], after: $0) }
      if ends(frame, before: next) {
        note(.changed, "\(form.frame) \(number) is not what was written")
        add(frame, isGood: false, next: next)
        return frame.payload.upperBound
      }
    }
    guard let next = nextFrame(behind: place) else { return nil }
    note(.unreadable, "\(form.frame) \(number) can't be read: bytes \(place) to \(next - 1) are none")
    if place + RecordSegment.frameBytes <= next { heads.insert(RecordSegment.hash(in: content, at: place), at: 0) }
    isBehindGap = true
    return next
  }

  private mutating func add(_ frame: RecordSegment.Frame, isGood: Bool, next: [[UInt8]]) {
    let entry = Entry(place: frame.place, payload: frame.payload, isGood: isGood)
    heads = next
    isBehindGap = false
    // Only who knows the form and not what it is for writes such a frame.
    if isGood, records(in: entry).last?.payload.upperBound != frame.payload.upperBound {
      note(.changed, "\(form.frame) \(entries.count + 1) is not made of records")
    }
    entries.append(entry)
  }

  private func follows(_ frame: RecordSegment.Frame, _ heads: [[UInt8]]? = nil) -> Bool {
    (heads ?? self.heads).contains { RecordSegment.hash(content[frame.payload], after: $0) == frame.hash }
  }

  /// Whether a record whose hash is wrong still ends where it says: what lies there follows it, or both look like
  /// records.
  private func ends(_ frame: RecordSegment.Frame, before next: [[UInt8]]) -> Bool {
    let place = frame.payload.upperBound
    if place == content.count { return frame.hasShape(form, in: content) }
    guard let after = RecordSegment.Frame(content, at: place) else { return false }
    return follows(after, next) || frame.hasShape(form, in: content) && after.hasShape(form, in: content)
  }

  /// Where the next bytes behind `place` begin that look like a frame.
  private func nextFrame(behind place: Int) -> Int? {
    var start = place + 1
    while let frame = content[start...].firstIndex(where: { $0 == RecordSegment.beginning[0] }) {
      let candidate = frame - form.payloadHead - RecordSegment.frameBytes
      if candidate > place, RecordSegment.Frame(content, at: candidate)?.hasShape(form, in: content) == true {
        return candidate
      }
      start = frame + 1
    }
    return nil
  }

  /// Says what the bytes are behind the last record that can be read.
  private mutating func readTail() {
    let number = entries.count + 1
    if isTailTorn {
      let rest = "its last \(content.count - end) bytes are no whole \(form.frame)"
      note(.torn, "ends in the middle of \(form.frame) \(number): \(rest)")
      return
    }
    note(.unreadable, "\(form.frame) \(number) can't be read: the last \(content.count - end) bytes are none")
    if let hash = hashOfTail { heads = [hash] }
  }

  /// Whether a write that was cut short leaves what is behind the last record: the beginning of one, or nothing but
  /// zeros from some place in it on.
  private var isTailTorn: Bool {
    let start = end + RecordSegment.frameBytes
    if written <= end { return true }
    let length = RecordSegment.length(content[end...])
    if content.count >= end + 4, length <= 0 || length > RecordLimits.parsing.bytes { return false }
    let record = start + form.payloadHead
    if written <= record { return true }
    let beginning = content[record..<min(written, record + RecordSegment.beginning.count)]
    return start + length > written && RecordSegment.beginning.starts(with: beginning) && hashOfTail == nil
  }

  /// The hash of the record behind the last one when nothing is wrong with it but its length: no crash does that.
  private var hashOfTail: [UInt8]? {
    let start = end + RecordSegment.frameBytes
    if start >= written { return nil }
    let hash = RecordSegment.hash(in: content, at: end)
    return heads.contains { RecordSegment.hash(content[start..<written], after: $0) == hash } ? hash : nil
  }
}

extension RecordSegment {
  /// A payload with what stands before it.
  struct Frame {
    var place: Int
    var hash: [UInt8]
    var payload: Range<Int>

    /// The frame at `place`; nil when no payload can have it, or it ends behind `content`.
    init?(_ content: [UInt8], at place: Int) {
      let start = place + RecordSegment.frameBytes
      guard start < content.count else { return nil }
      let length = RecordSegment.length(content[place...])
      guard length > 0, length <= RecordLimits.parsing.bytes, length <= content.count - start else { return nil }
      self.place = place
      hash = RecordSegment.hash(in: content, at: place)
      payload = start..<start + length
    }

    /// Whether its bytes begin and end as records do.
    func hasShape(_ form: Form, in content: [UInt8]) -> Bool {
      content[payload.upperBound - 1] == UInt8(ascii: "}")
        && RecordSegment.id(of: content[payload].dropFirst(form.payloadHead)) != nil
    }
  }

  /// The hash in the frame at `place`.
  static func hash(in content: [UInt8], at place: Int) -> [UInt8] {
    Array(content[place + 4..<place + frameBytes])
  }
}

extension RecordSegment {
  /// The records that `payload` of `content` is made of, each `u32be(length) || JSON`, as far as it is. O(records).
  static func records(in content: [UInt8], _ payload: Range<Int>) -> [SegmentScan.Record] {
    var records: [SegmentScan.Record] = []
    var place = payload.lowerBound
    while place + 4 < payload.upperBound {
      let record = place + 4..<place + 4 + length(content[place...])
      if record.isEmpty || record.upperBound > payload.upperBound { break }
      records.append(SegmentScan.Record(place: place, payload: record))
      place = record.upperBound
    }
    return records
  }
}
