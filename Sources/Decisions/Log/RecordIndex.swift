internal import Core

/// Where the records of one segment lie, by id: a record is found without reading the segment.
///
/// Of the segment that is being written it is held in memory; of a full one it lies in a file beside it.
enum RecordIndex: Sendable {
  /// Where a record begins in its segment.
  struct Entry: Sendable, Equatable {
    var id: Identifier
    var place: Int
    /// See ``RecordSubject/hash(_:)``; 0 when there is none, or it isn't known.
    var subject: UInt32 = 0
  }

  /// In memory, sorted by id; records of the same id in the order they were written in.
  case held([Entry])
  /// In a file beside a segment of the first stage.
  case file(RecordIndexFile)
  /// In a file beside a packed segment.
  case packed(PackedIndex)

  /// How many records the segment has.
  var count: Int {
    switch self {
    case .held(let entries): entries.count
    case .file(let file): file.count
    case .packed(let index): index.count
    }
  }

  /// Whether nothing is added any more.
  var isFinal: Bool { if case .held = self { false } else { true } }

  /// The entry in place `index` by id. O(1).
  func entry(_ index: Int) throws(StoreError) -> Entry {
    switch self {
    case .held(let entries): entries[index]
    case .file(let file): try file.entry(index)
    case .packed(let packed): try packed.entry(index)
    }
  }

  /// How many records have an id below `id`; all when that is nil. O(log records).
  func count(below id: Identifier?) throws(StoreError) -> Int {
    guard let id else { return count }
    if case .packed(let packed) = self { return try packed.count(below: id) }
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if try entry(middle).id < id { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Where the last record with this id begins; nil when there is none. O(log records).
  func place(of id: Identifier) throws(StoreError) -> Int? {
    guard count > 0, try entry(0).id <= id, try entry(count - 1).id >= id else { return nil }
    var (index, found) = (try count(below: id), Int?.none)
    while index < count, case let entry = try entry(index), entry.id == id {
      found = entry.place
      index += 1
    }
    return found
  }
}

extension RecordIndex {
  /// The place by id of the last record before place `index` whose subject may have this hash, or of the last one when
  /// that is nil; nil when there is none. O(records between) in memory.
  func place(before index: Int, subject: UInt32?) throws(StoreError) -> Int? {
    guard let subject else { return index > 0 ? index - 1 : nil }
    switch self {
    case .held(let entries): return entries.prefix(index).lastIndex { $0.subject == subject }
    // The first stage knew no subjects.
    case .file: return index > 0 ? index - 1 : nil
    case .packed(let packed): return try packed.rank(below: index, subject: subject)
    }
  }
}

extension [RecordIndex.Entry] {
  /// Adds a record that was written after all others. Near the end, where ids of now belong. O(log n) and the move.
  mutating func insert(_ entry: Element) {
    guard let last, last.id > entry.id else { return append(entry) }
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle].id <= entry.id { low = middle + 1 } else { high = middle }
    }
    insert(entry, at: low)
  }

  /// The index of a segment that was read whole; what is damaged hides no record that isn't.
  /// O(records · log records) at worst.
  init(_ scan: SegmentScan, of content: [UInt8]) {
    self.init()
    for isGood in scan.faults.isEmpty ? [true] : [false, true] {
      for entry in scan.entries where entry.isGood == isGood {
        for record in scan.records(in: entry) {
          if let found = RecordIndex.Entry(content[record.payload], at: record.place) { insert(found) }
        }
      }
    }
  }
}

/// The index of a full segment of the first stage: a head, then 24 bytes for each record, sorted by id.
///
///     head  = "cascade-record-index-v1\n" || u64be(length of the segment)
///     entry = id[16] || u64be(place)
///
/// It says nothing that the segment doesn't: one that is missing, or was cut, is made again.
struct RecordIndexFile: Sendable {
  /// How many records it has places of.
  let count: Int
  private let file: RecordFile.Reader

  private static let magic = Array("cascade-record-index-v1\n".utf8)
  private static let headBytes = magic.count + 8
  private static let entryBytes = 24

  /// The index at `path`; nil when it isn't there, or isn't that of a segment of `length` bytes.
  init?(_ path: String, segmentBytes length: Int) {
    guard let file = try? RecordFile.Reader(path), let head = try? file.read(Self.headBytes, at: 0),
      head.starts(with: Self.magic), Int(bigEndianBytes: head[Self.magic.count...]) == length,
      (file.length - Self.headBytes) % Self.entryBytes == 0
    else { return nil }
    self.file = file
    count = (file.length - Self.headBytes) / Self.entryBytes
  }

  /// The entry in place `index` by id.
  func entry(_ index: Int) throws(StoreError) -> RecordIndex.Entry {
    let bytes = try file.read(Self.entryBytes, at: Self.headBytes + index * Self.entryBytes)
    guard let id = Identifier(bytes: bytes[..<16]) else { throw StoreError(.corrupt, "an index has no id") }
    return RecordIndex.Entry(id: id, place: Int(bigEndianBytes: bytes[16...]))
  }

  /// The bytes of the index of a segment of `length` bytes. O(records).
  static func bytes(_ entries: [RecordIndex.Entry], segmentBytes length: Int) -> [UInt8] {
    var out = magic
    out.reserveCapacity(headBytes + entries.count * entryBytes)
    out += length.bigEndianBytes
    for entry in entries { out += entry.id.bytes + entry.place.bigEndianBytes }
    return out
  }
}

extension RecordIndex.Entry {
  /// Of a record that begins at `place` with the length before it; nil when its bytes have no id.
  init?(_ record: ArraySlice<UInt8>, at place: Int) {
    guard let id = RecordSegment.id(of: record) else { return nil }
    self.init(id: id, place: place, subject: RecordSubject.hash(in: record))
  }
}
