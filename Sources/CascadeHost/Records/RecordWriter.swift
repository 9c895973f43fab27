internal import Core
internal import Glibc

/// Writes segments: the part of ``RecordLog`` that only its writer thread touches.
struct RecordWriter {
  private let directory: String
  private let limits: RecordLimits
  private(set) var segment: Int
  /// Where the records of the segment are.
  private(set) var index: [RecordIndex.Entry]
  private var descriptor: Int32
  private var length: Int
  private var head: [UInt8]

  /// Goes on at the end of the log in `directory`; what a crash left half written is cut off.
  init(directory: String, limits: RecordLimits) throws(RecordLogError) {
    self.directory = directory
    self.limits = limits
    try RecordFile.makeDirectory(directory)
    segment = try RecordFile.segments(in: directory).last ?? 1
    let path = RecordFile.path(directory, segment)
    let content = RecordFile.exists(path) ? try RecordFile.read(path) : []
    if let previous = RecordSegment.previousHash(content) {
      let (entries, end) = RecordSegment.entries(content)
      head = entries.last?.hash ?? previous
      length = end
      index = [RecordIndex.Entry](reading: content)
    } else {
      head = try RecordWriter.headBefore(segment, in: directory)
      length = 0
      index = []
    }
    descriptor = try RecordFile.open(path, cutTo: length)
  }

  private static func headBefore(_ segment: Int, in directory: String) throws(RecordLogError) -> [UInt8] {
    guard segment > 1 else { return RecordSegment.firstHash }
    let content = try RecordFile.read(RecordFile.path(directory, segment - 1))
    return RecordSegment.entries(content).entries.last?.hash ?? RecordSegment.previousHash(content)
      ?? RecordSegment.firstHash
  }

  /// Appends the records of a batch; on failure the file and the chain are as before. O(bytes).
  mutating func write(_ batch: RecordBatch) throws(RecordLogError) {
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

  private mutating func rotate() throws(RecordLogError) {
    let next = try RecordFile.open(RecordFile.path(directory, segment + 1), cutTo: 0)
    RecordFile.finish(descriptor)
    // Where it can't be kept, whoever reads makes it again.
    try? RecordFile.replace(
      RecordFile.indexPath(directory, segment), with: RecordIndexFile.bytes(index, segmentBytes: length))
    descriptor = next
    segment += 1
    length = 0
    index = []
  }

  /// Writes no more; what was written is durable.
  func close() { RecordFile.finish(descriptor) }
}
