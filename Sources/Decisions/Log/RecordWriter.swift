internal import Core
internal import Glibc
internal import Platform

/// Writes the segments of one log: the part of ``LaneLog`` that one thread at a time may touch.
struct RecordWriter {
  /// What was found at the end of a log that is gone on with.
  enum Finding: Equatable {
    /// A write that a crash cut short was cut off.
    case cut(path: String, fault: String, bytes: Int)
    /// The last segment is damaged: it stays as it is, and records go on in the next one.
    case setAside(path: String, faults: [String], next: String)
  }

  /// A segment that is written no more, and not yet known to be durable.
  struct Closed {
    var segment: Int
    var descriptor: Int32
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
  private(set) var length: Int
  private var head: [UInt8]
  /// The file of the next segment, made before it is needed.
  private var next: Int32?
  private var closed: [Closed] = []
  private var isClosed = false

  /// Goes on at the end of the log in `directory`; a write that a crash cut short is cut off. Nothing else is: a
  /// damaged segment stays, and the next one begins behind it. So many records were `pruned` from its beginning.
  /// O(last segment).
  init(directory: String, limits: RecordLimits, pruned: Int64) throws(StoreError) {
    self.directory = directory
    self.limits = limits
    try StoreError.catching { () throws(FileError) in try Directory.make(directory) }
    let last = try Self.last(in: directory)
    let path = RecordFile.path(directory, last)
    // One that was packed while nobody wrote is full.
    let isPacked = !File.exists(path) && File.exists(RecordFile.packedPath(directory, last))
    let content = File.exists(path) ? try RecordFile.read(path) : []
    var scan = SegmentScan(content, .turns)
    if content.isEmpty || !scan.faults.isEmpty {
      let before = isPacked ? last + 1 : last
      scan = SegmentScan(content, .turns, following: try SegmentPacking.heads(before: before, in: directory))
    }
    head = scan.heads.first ?? RecordSegment.firstHash
    let isOver = scan.isDamaged || isPacked
    segment = isOver ? last + 1 : last
    earlier = Int(pruned) + (try Self.count(before: segment, in: directory))
    if isOver {
      (length, index) = (0, [])
      let created = RecordFile.path(directory, segment)
      finding = isPacked ? nil : .setAside(path: path, faults: scan.faults.map(\.message), next: created)
      descriptor = try RecordFile.create(created)
    } else {
      length = scan.end
      index = [RecordIndex.Entry](scan, of: content)
      finding = scan.faults.first.map { .cut(path: path, fault: $0.message, bytes: content.count - scan.end) }
      descriptor = try content.isEmpty ? RecordFile.create(path) : RecordFile.open(path, cutTo: length)
    }
  }

  /// The last segment with anything in it; a file that was made for the next one goes.
  private static func last(in directory: String) throws(StoreError) -> Int {
    let all = try RecordFile.segments(in: directory)
    guard let last = all.last else { return 1 }
    let path = RecordFile.path(directory, last)
    if all.count > 1, File.exists(path), try RecordFile.Reader(path).length == 0 {
      File.remove(path)
      return all[all.count - 2]
    }
    return last
  }

  /// How many records the segments before this one have. O(segments), and the bytes of those without an index.
  private static func count(before segment: Int, in directory: String) throws(StoreError) -> Int {
    var count = 0
    for number in try RecordFile.segments(in: directory) where number < segment {
      count += try SegmentMemory().index(of: RecordReader.Segment(folder: "lane", number: number), in: directory).count
    }
    return count
  }

  /// How many records the log has.
  var count: Int { earlier + index.count }

  /// How many records the log has, the hash of its last frame, and a descriptor of the file that is being written,
  /// which the caller closes; nil when the log is closed and durable.
  func end() throws(StoreError) -> (count: Int, hash: [UInt8], descriptor: Int32?) {
    if isClosed { return (count, head, nil) }
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    if copy < 0 { throw RecordFile.failure("open", RecordFile.path(directory, segment)) }
    return (count, head, copy)
  }

  /// Whether the next segment will be needed soon, and has no file yet.
  var wantsNext: Bool { next == nil && !isClosed && length >= limits.segmentBytes / 2 }

  /// Appends the records of a turn, which are chained for that. On failure the file and the chain are as before.
  /// O(bytes).
  mutating func write(_ frames: inout RecordFrames) throws(StoreError) {
    if isClosed { throw StoreError(.closed, "the log of records is closed") }
    try rotateWhenFull()
    let hash = frames.chain(after: head)
    let start = max(length, RecordSegment.headBytes)
    if length == 0 {
      try RecordFile.write((RecordSegment.Form.turns.magic + head + frames.bytes)[...], to: descriptor, at: 0)
    } else {
      try RecordFile.write(frames.bytes, to: descriptor, at: length)
    }
    for entry in frames.entries {
      index.insert(RecordIndex.Entry(id: entry.id, place: start + entry.place, subject: entry.subject))
    }
    length = start + frames.bytes.count
    head = hash
  }

  /// Begins the next segment when this one is full and the file of the next is there, or can't be waited for any more.
  private mutating func rotateWhenFull() throws(StoreError) {
    if length < limits.segmentBytes || next == nil && length < 2 * limits.segmentBytes { return }
    if next == nil { next = try RecordFile.create(RecordFile.path(directory, segment + 1)) }
    guard let following = next else { return }
    closed.append(Closed(segment: segment, descriptor: descriptor))
    (descriptor, next) = (following, nil)
    earlier += index.count
    segment += 1
    length = 0
    index = []
  }

  /// The file of the next segment is there.
  mutating func takeNext(_ descriptor: Int32, of segment: Int) {
    if next == nil, !isClosed, segment == self.segment + 1 { next = descriptor } else { Glibc.close(descriptor) }
  }

  /// Tries whether a write of so many bytes works, after one that failed, and takes it back.
  mutating func check(_ count: Int) throws(StoreError) {
    if isClosed { return }
    try rotateWhenFull()
    try RecordFile.write([UInt8](repeating: 0, count: count)[...], to: descriptor, at: length)
    try RecordFile.cut(descriptor, to: length)
  }

  /// Segments that were closed since this was called last.
  mutating func takeClosed() -> [Closed] {
    defer { closed = [] }
    return closed
  }

  /// Writes no more; what was written is durable. Throws when it may not be. Again is harmless.
  mutating func close() throws(StoreError) {
    if isClosed { return }
    isClosed = true
    defer {
      Glibc.close(descriptor)
      if let next {
        Glibc.close(next)
        File.remove(RecordFile.path(directory, segment + 1))
      }
    }
    try RecordFile.sync(descriptor, RecordFile.path(directory, segment))
  }
}
