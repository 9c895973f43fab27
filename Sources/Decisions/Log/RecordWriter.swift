internal import Core
internal import Glibc

/// Writes segments: the part of ``RecordLog`` that only its writer thread touches.
struct RecordWriter {
  /// What was found at the end of a log that is gone on with.
  enum Finding: Equatable {
    /// A write that a crash cut short was cut off.
    case cut(path: String, fault: String, bytes: Int)
    /// The last segment is damaged: it stays as it is, and records go on in the next one.
    case setAside(path: String, faults: [String], next: String)
  }

  /// What was found; nil when nothing was wrong.
  let finding: Finding?
  private let directory: String
  private let limits: RecordLimits
  private(set) var segment: Int
  /// Where the records of the segment are.
  private(set) var index: [RecordIndex.Entry]
  /// Records of the segments before it.
  private var earlier: Int
  private var descriptor: Int32
  private var length: Int
  private var head: [UInt8]

  /// Goes on at the end of the log in `directory`; a write that a crash cut short is cut off. Nothing else is: a
  /// damaged segment stays, and the next one begins behind it. O(last segment).
  init(directory: String, limits: RecordLimits) throws(StoreError) {
    self.directory = directory
    self.limits = limits
    try RecordFile.makeDirectory(directory)
    let last = try RecordFile.segments(in: directory).last ?? 1
    let path = RecordFile.path(directory, last)
    let content = RecordFile.exists(path) ? try RecordFile.read(path) : []
    var scan = SegmentScan(content)
    if content.isEmpty || !scan.faults.isEmpty {
      scan = SegmentScan(content, following: try Self.heads(before: last, in: directory))
    }
    head = scan.heads.first ?? RecordSegment.firstHash
    earlier = try Self.count(before: scan.isDamaged ? last + 1 : last, in: directory)
    if scan.isDamaged {
      segment = last + 1
      (length, index) = (0, [])
      finding = .setAside(
        path: path, faults: scan.faults.map(\.message), next: RecordFile.path(directory, segment))
      descriptor = try RecordFile.create(RecordFile.path(directory, segment))
    } else {
      segment = last
      length = scan.end
      index = [RecordIndex.Entry](scan, of: content)
      finding = scan.faults.first.map { .cut(path: path, fault: $0.message, bytes: content.count - scan.end) }
      descriptor = try content.isEmpty ? RecordFile.create(path) : RecordFile.open(path, cutTo: length)
    }
  }

  /// What a segment may follow.
  private static func heads(before segment: Int, in directory: String) throws(StoreError) -> [[UInt8]] {
    let path = RecordFile.path(directory, segment - 1)
    guard segment > 1, RecordFile.exists(path) else { return [RecordSegment.firstHash] }
    return SegmentScan(try RecordFile.read(path)).heads
  }

  /// How many records the segments before this one have. O(segments), and the bytes of those without an index.
  private static func count(before segment: Int, in directory: String) throws(StoreError) -> Int {
    var count = 0
    for number in try RecordFile.segments(in: directory) where number < segment {
      let path = RecordFile.path(directory, number)
      let length = try RecordFile.Reader(path).length
      if let index = RecordIndexFile(RecordFile.indexPath(directory, number), segmentBytes: length) {
        count += index.count
      } else {
        count += SegmentScan(try RecordFile.read(path)).entries.count
      }
    }
    return count
  }

  /// How many records the log has.
  var count: Int { earlier + index.count }

  /// How many records the log has, and the hash of the last one; all of them are durable.
  func end() throws(StoreError) -> (count: Int, hash: [UInt8]) {
    try RecordFile.sync(descriptor, RecordFile.path(directory, segment))
    return (count, head)
  }

  /// Appends the records of a batch; on failure the file and the chain are as before. O(bytes).
  mutating func write(_ batch: RecordBatch) throws(StoreError) {
    if length >= limits.segmentBytes { try rotate() }
    var out: [UInt8] = length == 0 ? RecordSegment.magic + head : []
    var hash = head
    var written: [RecordIndex.Entry] = []
    for record in batch.records() {
      hash = RecordSegment.hash(record.bytes, after: hash)
      written.append(RecordIndex.Entry(id: record.id, place: length + out.count))
      RecordSegment.append(record.bytes, hash: hash, to: &out)
    }
    try RecordFile.write(out, to: descriptor, at: length)
    length += out.count
    head = hash
    for entry in written { index.insert(entry) }
  }

  private mutating func rotate() throws(StoreError) {
    try RecordFile.sync(descriptor, RecordFile.path(directory, segment))
    let next = try RecordFile.create(RecordFile.path(directory, segment + 1))
    Glibc.close(descriptor)
    // Where it can't be kept, whoever reads makes it again.
    try? RecordFile.replace(
      RecordFile.indexPath(directory, segment), with: RecordIndexFile.bytes(index, segmentBytes: length))
    descriptor = next
    earlier += index.count
    segment += 1
    length = 0
    index = []
  }

  /// Writes no more; what was written is durable. Throws when it may not be.
  func close() throws(StoreError) {
    defer { Glibc.close(descriptor) }
    try RecordFile.sync(descriptor, RecordFile.path(directory, segment))
  }
}
