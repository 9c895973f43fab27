package import Core
internal import Synchronization

/// Finds records in the segments of a directory, whether or not a host writes them: by id, in a time that doesn't
/// grow with what lies in the segments.
///
/// Everything here waits for the disk.
package struct RecordReader: Sendable {
  /// The index of the segment that is being written, as its writer has it.
  typealias Current = @Sendable () -> (segment: Int, entries: [RecordIndex.Entry])

  /// A record that was found.
  struct Found: Sendable, Equatable {
    var id: Identifier
    var segment: Int
    var place: Int
  }

  /// Where the segments are: `DATA/records`.
  package let directory: String
  private let current: Current?
  private let memory = SegmentMemory()

  /// A reader of the log that a host may be writing meanwhile. The index of its last segment is made by reading that.
  package init(directory: String) {
    self.directory = directory
    current = nil
  }

  init(directory: String, current: @escaping Current) {
    self.directory = directory
    self.current = current
  }

  /// The bytes of the last record with this id, nil when there is none. O(segments), and O(log records) in each that
  /// may have it.
  package func record(_ id: Identifier) throws(StoreError) -> [UInt8]? {
    for number in try segments().reversed() {
      guard let range = try range(of: number), range.contains(id) else { continue }
      guard let place = try index(of: number).place(of: id) else { continue }
      if let bytes = try read(number, place) { return bytes }
      throw StoreError(
        .corrupt, "\(RecordFile.path(directory, number)) is damaged where the record \(id) begins, at byte \(place)")
    }
    return nil
  }

  /// Records with ids below `id`, or from the last one on, the highest id first, at most `limit`; of several with the
  /// same id the last one. O(segments), and O(log records + limit) in each whose ids reach into the page.
  func page(before id: Identifier?, limit: Int) throws(StoreError) -> [Found] {
    // Segments that were not looked into yet, by the highest id they can add.
    var closed: [(highest: Identifier, segment: Int)] = []
    for number in try segments() {
      guard let range = try range(of: number), id.map({ range.lowerBound < $0 }) ?? true else { continue }
      closed.append((min(range.upperBound, id ?? range.upperBound), number))
    }
    closed.sort { ($0.highest, $0.segment) < ($1.highest, $1.segment) }
    var open: [Cursor] = []
    var page: [Found] = []
    while page.count < limit {
      while let next = closed.last, open.last.map({ $0.next.id <= next.highest }) ?? true {
        closed.removeLast()
        if let cursor = try Cursor(next.segment, index(of: next.segment), before: id) { cursor.enter(&open) }
      }
      guard var cursor = open.popLast() else { break }
      if page.last?.id != cursor.next.id {
        page.append(Found(id: cursor.next.id, segment: cursor.segment, place: cursor.next.place))
      }
      if try cursor.advance() { cursor.enter(&open) }
    }
    return page
  }

  /// The bytes of a record that was found; nil when it isn't of `point`, where that is given, or can't be read any
  /// more, which a verification names. O(bytes).
  func read(_ found: Found, of point: String?) throws(StoreError) -> [UInt8]? {
    if let point {
      let file = try RecordFile.Reader(RecordFile.path(directory, found.segment))
      guard let length = try Self.length(in: file, at: found.place) else { return nil }
      let prefix = min(length, RecordSegment.pointBytes(point))
      if !RecordSegment.isOf(point, try file.read(prefix, at: found.place + RecordSegment.frameBytes)) { return nil }
    }
    return try read(found.segment, found.place)
  }

  private func read(_ segment: Int, _ place: Int) throws(StoreError) -> [UInt8]? {
    let file = try RecordFile.Reader(RecordFile.path(directory, segment))
    guard let length = try Self.length(in: file, at: place) else { return nil }
    return try file.read(length, at: place + RecordSegment.frameBytes)
  }

  /// The length of the record at `place`; nil when it can't have that.
  private static func length(in file: RecordFile.Reader, at place: Int) throws(StoreError) -> Int? {
    let start = place + RecordSegment.frameBytes
    if start > file.length { return nil }
    let length = RecordSegment.length(try file.read(RecordSegment.frameBytes, at: place)[...])
    return length <= RecordLimits.parsing.bytes && length <= file.length - start ? length : nil
  }

  /// The numbers of the segments, ascending; none when there is no log.
  func segments() throws(StoreError) -> [Int] {
    RecordFile.exists(directory) ? try RecordFile.segments(in: directory) : []
  }

  /// From the lowest to the highest id in a segment; nil when it has no records.
  private func range(of segment: Int) throws(StoreError) -> ClosedRange<Identifier>? {
    if let known = memory[segment] { return known }
    let index = try index(of: segment)
    if index.count == 0 { return nil }
    let range = try index.entry(0).id...index.entry(index.count - 1).id
    if case .file = index { memory[segment] = range }
    return range
  }

  private func index(of segment: Int) throws(StoreError) -> RecordIndex {
    if let current = current?(), current.segment == segment { return .held(current.entries) }
    let path = RecordFile.path(directory, segment)
    let length = try RecordFile.Reader(path).length
    let kept = RecordFile.indexPath(directory, segment)
    if let file = RecordIndexFile(kept, segmentBytes: length) { return .file(file) }
    if let read = memory.read, read.segment == segment, read.length == length { return .held(read.entries) }
    let content = try RecordFile.read(path)
    let entries = [RecordIndex.Entry](SegmentScan(content), of: content)
    memory.read = (segment, content.count, entries)
    // Only of a segment that nobody writes any more; where nothing may be written, it is made anew each time.
    if try segments().last != segment {
      try? RecordFile.replace(kept, with: RecordIndexFile.bytes(entries, segmentBytes: content.count))
    }
    return .held(entries)
  }

  /// A way down through a segment's records by id.
  private struct Cursor {
    let segment: Int
    private let index: RecordIndex
    private var position: Int
    private(set) var next: RecordIndex.Entry

    /// Nil when no record's id is below `id`.
    init?(_ segment: Int, _ index: RecordIndex, before id: Identifier?) throws(StoreError) {
      self.segment = segment
      self.index = index
      guard index.count > 0 else { return nil }
      position = try index.count(below: id)
      if position == 0 { return nil }
      position -= 1
      next = try index.entry(position)
    }

    mutating func advance() throws(StoreError) -> Bool {
      if position == 0 { return false }
      position -= 1
      next = try index.entry(position)
      return true
    }

    /// Takes its place among cursors, whose last is at the highest id and, of equal ones, at the last segment.
    func enter(_ cursors: inout [Cursor]) {
      let place = cursors.lastIndex { ($0.next.id, $0.segment) < (next.id, segment) }
      cursors.insert(self, at: place.map { $0 + 1 } ?? 0)
    }
  }
}

/// What is known of segments: the ids that full ones have, which change no more, and the index of the last that had to
/// be read for it.
private final class SegmentMemory: Sendable {
  typealias Read = (segment: Int, length: Int, entries: [RecordIndex.Entry])

  private let ranges = Mutex<[Int: ClosedRange<Identifier>]>([:])
  private let lastRead = Mutex<Read?>(nil)

  subscript(segment: Int) -> ClosedRange<Identifier>? {
    get { ranges.withLock { $0[segment] } }
    set { ranges.withLock { $0[segment] = newValue } }
  }

  var read: Read? {
    get { lastRead.withLock { $0 } }
    set { lastRead.withLock { $0 = newValue } }
  }
}
