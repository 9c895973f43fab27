internal import Core
internal import Cryptography

/// Where the records of a packed segment lie, by id and by subject, in a file beside it.
///
///     head    = "cascade-record-index-v2\n" || u64be(bytes of the packed file) || u32be(records) || u32be(blocks)
///               || u32be(subjects) || u32be(1 when ids ascend) || lowest id[16] || highest id[16]
///     block   = u64be(place in the packed file) || u64be(start) || u32be(bytes) || u32be(records before)
///               || first id[16]
///     record  = id[16] || u64be(place) || u32be(subject)         sorted by id; none when ids ascend
///     subject = u32be(hash) || u32be(block)                      sorted
///
/// Where ids ascend, as those that a lane makes, the blocks alone say where an id is. It says nothing that the segment
/// doesn't: one that is missing, or was cut, is made again.
final class PackedIndex: Sendable {
  /// A block of the segment.
  struct Block: Sendable {
    /// Where it begins in the packed file.
    var place: Int
    /// Which bytes of the segment it holds.
    var bytes: Range<Int>
    /// Records of the blocks before it.
    var before: Int
    var first: Identifier
  }

  let count: Int
  let range: ClosedRange<Identifier>
  let blocks: [Block]
  /// Whether records are in the order of their ids.
  let isAscending: Bool
  private let file: RecordFile.Reader
  private let packedPath: String
  private let subjects: Int
  private let cache: BlockCache

  private static let magic = Array("cascade-record-index-v2\n".utf8)
  private static let headBytes = magic.count + 56
  private static let blockBytes = 40
  private static let recordBytes = 28
  private static let subjectBytes = 8

  /// The index of the packed segment at `packed`; nil when it isn't there, or isn't that of `length` bytes.
  init?(_ path: String, of packed: String, packedBytes length: Int, cache: BlockCache) {
    guard let file = try? RecordFile.Reader(path), let head = try? file.read(Self.headBytes, at: 0),
      head.starts(with: Self.magic)
    else { return nil }
    let fields = head[Self.magic.count...]
    let numbers = (0..<4).map { RecordSegment.length(fields.dropFirst(8 + 4 * $0)) }
    guard Int(bigEndianBytes: fields.prefix(8)) == length,
      let lowest = Identifier(bytes: fields.dropFirst(24).prefix(16)),
      let highest = Identifier(bytes: fields.dropFirst(40).prefix(16)), lowest <= highest, numbers[0] > 0,
      numbers[3] <= 1,
      file.length == Self.headBytes + Self.blockBytes * numbers[1]
        + (numbers[3] == 1 ? 0 : Self.recordBytes * numbers[0]) + Self.subjectBytes * numbers[2],
      let table = try? file.read(Self.blockBytes * numbers[1], at: Self.headBytes)
    else { return nil }
    self.file = file
    self.cache = cache
    (count, subjects, isAscending) = (numbers[0], numbers[2], numbers[3] == 1)
    range = lowest...highest
    packedPath = packed
    blocks = stride(from: 0, to: table.count, by: Self.blockBytes).compactMap { Self.block(table[$0...]) }
    if blocks.isEmpty || blocks.count != numbers[1] { return nil }
  }

  private static func block(_ bytes: ArraySlice<UInt8>) -> Block? {
    let start = Int(bigEndianBytes: bytes.dropFirst(8).prefix(8))
    let count = RecordSegment.length(bytes.dropFirst(16))
    guard let first = Identifier(bytes: bytes.dropFirst(24).prefix(16)), start >= 0, start < 1 << 40 else { return nil }
    return Block(
      place: Int(bigEndianBytes: bytes.prefix(8)), bytes: start..<start + count,
      before: RecordSegment.length(bytes.dropFirst(20)), first: first)
  }

  // MARK: Finding

  /// The record in place `rank` by id. O(log blocks), and a block to unpack, where ids ascend.
  func entry(_ rank: Int) throws(StoreError) -> RecordIndex.Entry {
    if isAscending {
      let number = last { $0.before <= rank }
      let entries = try unpacked(number).entries
      let place = rank - blocks[number].before
      guard entries.indices.contains(place) else { throw damaged }
      return entries[place]
    }
    let place = Self.headBytes + Self.blockBytes * blocks.count + Self.recordBytes * rank
    let bytes = try file.read(Self.recordBytes, at: place)
    guard let id = Identifier(bytes: bytes[..<16]) else { throw damaged }
    return RecordIndex.Entry(
      id: id, place: Int(bigEndianBytes: bytes[16..<24]), subject: UInt32(RecordSegment.length(bytes[24...])))
  }

  /// How many records have an id below `id`. O(log records).
  func count(below id: Identifier) throws(StoreError) -> Int {
    if !isAscending { return try Self.firstPlace(in: count) { rank throws(StoreError) in try entry(rank).id >= id } }
    if id <= range.lowerBound { return 0 }
    let number = last { $0.first < id }
    let entries = try unpacked(number).entries
    return blocks[number].before + Self.firstPlace(in: entries.count) { entries[$0].id >= id }
  }

  /// The bytes of the record at `place` in the segment. O(block).
  func record(at place: Int) throws(StoreError) -> ArraySlice<UInt8> {
    let number = last { $0.bytes.lowerBound <= place }
    guard let bytes = try unpacked(number).record(at: place) else { throw damaged }
    return bytes
  }

  /// The frames of the block that holds byte `place` of the segment, where they begin, and the hash of the last one; in
  /// the frames themselves zeros stand in the place of hashes. O(block).
  func frames(at place: Int) throws(StoreError) -> (start: Int, bytes: [UInt8], lastHash: [UInt8]?) {
    let block = blocks[last { $0.bytes.lowerBound <= place }]
    let (bytes, hash) = try PackedSegment.readWithHash((block.place, block.bytes), of: packedPath)
    return (block.bytes.lowerBound, bytes, hash)
  }

  /// The hash that the segment's first frame follows.
  func previousHash() throws(StoreError) -> [UInt8] {
    Array(
      try RecordFile.Reader(packedPath).read(PackedSegment.headBytes, at: 0).dropFirst(PackedSegment.magic.count)
        .prefix(SHA256.byteCount))
  }

  /// The highest rank below `rank` of a record whose subject may have this hash; nil when there is none.
  /// O(log subjects), and the blocks that have none are not unpacked.
  func rank(below rank: Int, subject: UInt32) throws(StoreError) -> Int? {
    guard var candidate = try subjectPlace(subject, upTo: .max), rank > 0 else { return nil }
    if !isAscending {
      return try (0..<rank).reversed().lazyFirst { (rank) throws(StoreError) in try entry(rank).subject == subject }
    }
    candidate = try subjectPlace(subject, upTo: last { $0.before < rank }) ?? -1
    while candidate >= 0 {
      let block = blocks[candidate]
      let entries = try unpacked(candidate).entries
      if let found = entries.prefix(rank - block.before).lastIndex(where: { $0.subject == subject }) {
        return block.before + found
      }
      candidate = try candidate == 0 ? -1 : subjectPlace(subject, upTo: candidate - 1) ?? -1
    }
    return nil
  }

  /// The last block, at most `block`, that has records of this subject.
  private func subjectPlace(_ subject: UInt32, upTo block: Int) throws(StoreError) -> Int? {
    let records = isAscending ? 0 : count
    let start = Self.headBytes + Self.blockBytes * blocks.count + Self.recordBytes * records
    func pair(_ place: Int) throws(StoreError) -> (UInt32, Int) {
      let bytes = try file.read(Self.subjectBytes, at: start + Self.subjectBytes * place)
      return (UInt32(RecordSegment.length(bytes[...])), RecordSegment.length(bytes[4...]))
    }
    let end = try Self.firstPlace(in: subjects) { place throws(StoreError) in try pair(place) > (subject, block) }
    guard end > 0, case let found = try pair(end - 1), found.0 == subject, found.1 < blocks.count else { return nil }
    return found.1
  }

  private func last(_ isBefore: (Block) -> Bool) -> Int {
    max(Self.firstPlace(in: blocks.count) { !isBefore(blocks[$0]) } - 1, 0)
  }

  /// The first of `count` places from which on `isBehind` holds.
  private static func firstPlace<Failure: Error>(
    in count: Int, _ isBehind: (Int) throws(Failure) -> Bool
  ) throws(Failure) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if try isBehind(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func unpacked(_ number: Int) throws(StoreError) -> UnpackedBlock {
    let block = blocks[number]
    return try cache.block(BlockCache.Key(path: packedPath, number: number)) { () throws(StoreError) in
      UnpackedBlock(try PackedSegment.read((block.place, block.bytes), of: packedPath), start: block.bytes.lowerBound)
    }
  }

  private var damaged: StoreError { StoreError(.corrupt, "\(packedPath) is damaged, or its index is another one's") }

  // MARK: Making

  /// The bytes of the index of a packed segment of `length` bytes; nil when it has no records.
  /// O(records · log records).
  static func bytes(of content: SegmentContent, _ scan: SegmentScan, packedBytes length: Int) -> [UInt8]? {
    var records: [(entry: RecordIndex.Entry, block: Int)] = []
    var before: [Int] = []
    var block = -1
    for frame in scan.entries {
      while block + 1 < content.blocks.count, content.blocks[block + 1].bytes.lowerBound <= frame.place {
        block += 1
        before.append(records.count)
      }
      for record in scan.records(in: frame) {
        guard block >= 0, let entry = RecordIndex.Entry(content.bytes[record.payload], at: record.place) else {
          return nil
        }
        records.append((entry, block))
      }
    }
    let sorted = records.map(\.entry).sorted { ($0.id, $0.place) < ($1.id, $1.place) }
    guard let lowest = sorted.first?.id, let highest = sorted.last?.id, before.count == content.blocks.count else {
      return nil
    }
    let isAscending = zip(sorted, records).allSatisfy { $0 == $1.entry }
    let subjects = Set(
      records.filter { $0.entry.subject != 0 }.map { UInt64($0.entry.subject) << 32 | UInt64($0.block) })
    var out = magic + length.bigEndianBytes
    for number in [records.count, content.blocks.count, subjects.count, isAscending ? 1 : 0] {
      out += RecordSegment.bytes(ofLength: number)
    }
    out += lowest.bytes + highest.bytes
    for (number, block) in content.blocks.enumerated() {
      out += PackedSegment.place(of: block).bigEndianBytes + block.bytes.lowerBound.bigEndianBytes
      out += RecordSegment.bytes(ofLength: block.bytes.count) + RecordSegment.bytes(ofLength: before[number])
      out += records[before[number]].entry.id.bytes
    }
    if !isAscending {
      for entry in sorted {
        out += entry.id.bytes + entry.place.bigEndianBytes + RecordSegment.bytes(ofLength: Int(entry.subject))
      }
    }
    for subject in subjects.sorted() { out += Int(truncatingIfNeeded: subject).bigEndianBytes }
    return out
  }
}

extension ReversedCollection<Range<Int>> {
  fileprivate func lazyFirst(
    where isWanted: (Int) throws(StoreError) -> Bool
  ) throws(StoreError) -> Int? {
    for value in self where try isWanted(value) { return value }
    return nil
  }
}
