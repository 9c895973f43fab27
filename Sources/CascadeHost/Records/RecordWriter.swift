internal import Core
internal import Glibc

/// Writes segments: the part of ``RecordLog`` that only its writer thread touches.
struct RecordWriter {
  private let directory: String
  private let limits: RecordLimits
  private(set) var segment: Int
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
    let content = access(path, F_OK) == 0 ? try RecordFile.read(path) : []
    head = try RecordWriter.headBefore(segment, in: directory)
    length = 0
    if let previous = RecordSegment.previousHash(content) {
      let (entries, end) = RecordSegment.entries(content)
      head = entries.last?.hash ?? previous
      length = end
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
    for record in batch.records() {
      hash = RecordSegment.hash(record.bytes, after: hash)
      RecordSegment.append(record.bytes, hash: hash, to: &out)
    }
    try RecordFile.write(out, to: descriptor, at: length)
    length += out.count
    head = hash
  }

  private mutating func rotate() throws(RecordLogError) {
    let next = try RecordFile.open(RecordFile.path(directory, segment + 1), cutTo: 0)
    RecordFile.finish(descriptor)
    descriptor = next
    segment += 1
    length = 0
  }

  /// Makes what was written durable.
  func synchronize() { _ = fsync(descriptor) }

  /// Writes no more.
  func close() { RecordFile.finish(descriptor) }
}
