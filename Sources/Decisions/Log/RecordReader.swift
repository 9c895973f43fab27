package import Core
package import Ledger
internal import Platform
internal import Synchronization

/// Finds records in the logs of a directory, whether or not a host writes them: by id, in a time that doesn't grow with
/// what lies in the segments.
///
/// The directory has a folder for each log that is written, see ``RecordLog``, and beside them the segments of the
/// first stage, which had one log. Everything here waits for the disk.
package struct RecordReader: Sendable {
  /// The index of the segment that is being written in a log, as its writer has it; nil for one that nobody writes.
  typealias Current = @Sendable (_ folder: String) -> (segment: Int, entries: [RecordIndex.Entry])?

  /// A segment of a log.
  struct Segment: Sendable, Hashable {
    /// The log's folder in the directory; empty for that of the first stage.
    var folder: String
    var number: Int

    var form: RecordSegment.Form { folder.isEmpty ? .single : .turns }
  }

  /// A record that was found.
  struct Found: Sendable, Equatable {
    var id: Identifier
    var segment: Segment
    var place: Int
  }

  /// Where the logs are: `DATA/records`.
  package let directory: String
  private let current: Current?
  private let memory = SegmentMemory()

  /// A reader of logs that a host may be writing meanwhile. The indexes of their last segments are made by reading
  /// those.
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
    try lookingAgain { () throws(StoreError) in try find(id) }
  }

  /// Does it once more when a segment went meanwhile, by a pruning.
  private func lookingAgain<Value>(_ body: () throws(StoreError) -> Value) throws(StoreError) -> Value {
    do throws(StoreError) { return try body() } catch {
      if error.code != .io { throw error }
      return try body()
    }
  }

  /// Forgets what is known of a segment that is gone.
  func forget(_ segment: Segment) { memory.forget(segment) }

  private func find(_ id: Identifier) throws(StoreError) -> [UInt8]? {
    for segment in try segments().reversed() {
      guard let range = try range(of: segment), range.contains(id) else { continue }
      guard let place = try index(of: segment).place(of: id) else { continue }
      if let bytes = try read(segment, place) { return Array(bytes) }
      throw StoreError(
        .corrupt, "\(path(segment)) is damaged where the record \(id) begins, at byte \(place)")
    }
    return nil
  }

  /// Records with ids below `id`, or from the last one on, the highest id first, at most `limit`; of several with the
  /// same id the last one. Of those with a subject of this hash, where that is given, and some more: see
  /// ``RecordSubject/hash(_:)``. O(segments), and O(log records + limit) in each whose ids reach into the page.
  func page(before id: Identifier?, subject: UInt32? = nil, limit: Int) throws(StoreError) -> [Found] {
    try lookingAgain { () throws(StoreError) in try find(before: id, subject, limit) }
  }

  private func find(before id: Identifier?, _ subject: UInt32?, _ limit: Int) throws(StoreError) -> [Found] {
    // Segments that were not looked into yet, by the highest id they can add.
    var closed: [(highest: Identifier, segment: Segment)] = []
    for segment in try segments() {
      guard let range = try range(of: segment), id.map({ range.lowerBound < $0 }) ?? true else { continue }
      closed.append((min(range.upperBound, id ?? range.upperBound), segment))
    }
    closed.sort { ($0.highest, $0.segment.number) < ($1.highest, $1.segment.number) }
    var open: [Cursor] = []
    var page: [Found] = []
    while page.count < limit {
      while let next = closed.last, open.last.map({ $0.next.id <= next.highest }) ?? true {
        closed.removeLast()
        if let cursor = try Cursor(next.segment, index(of: next.segment), before: id, subject: subject) {
          cursor.enter(&open)
        }
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
    guard let bytes = try read(found.segment, found.place) else { return nil }
    if let point, !RecordSegment.isOf(point, bytes) { return nil }
    return Array(bytes)
  }

  private func read(_ segment: Segment, _ place: Int) throws(StoreError) -> ArraySlice<UInt8>? {
    if case .packed(let packed) = try index(of: segment) {
      do throws(StoreError) { return try packed.record(at: place) } catch {
        if error.code == .corrupt { return nil }
        throw error
      }
    }
    let file: RecordFile.Reader
    do throws(StoreError) { file = try RecordFile.Reader(path(segment)) } catch {
      let packed = RecordFile.packedPath(folder(segment.folder), segment.number)
      if !File.exists(packed), !File.exists(path(segment)) { return nil }
      // It was packed a moment ago, or is packed and damaged.
      if case .packed(let packed) = try index(of: segment) { return try packed.record(at: place) }
      // Or it was pruned.
      guard let content = try SegmentContent.read(folder(segment.folder), segment.number, segment.form) else {
        return nil
      }
      guard place + segment.form.recordHead <= content.bytes.count else { throw error }
      let start = place + segment.form.recordHead
      let length = RecordSegment.length(content.bytes[place...])
      return length <= content.bytes.count - start ? content.bytes[start..<start + length] : nil
    }
    let head = segment.form.recordHead
    let start = place + head
    if start > file.length { return nil }
    let length = RecordSegment.length(try file.read(head, at: place)[...])
    guard length <= RecordLimits.parsing.bytes, length <= file.length - start else { return nil }
    return try file.read(length, at: start)[...]
  }

  private func path(_ segment: Segment) -> String {
    RecordFile.path(folder(segment.folder), segment.number)
  }

  /// The anchors that `ledger` has of the logs that are here. O(anchors · log entries). Throws as
  /// ``RecordAnchors/init(of:in:)``.
  package func anchors(in ledger: some LedgerReading) async throws(StoreError) -> RecordAnchors {
    try await RecordAnchors(of: try folders().map { RecordLogName.name(ofFolder: $0) }, in: ledger)
  }

  /// Of `anchors`, those behind which a log that is here goes on, and those before them. A ledger that moved to a store
  /// knows what its host pruned before, and another host's log of that name lacks nothing. Waits for the disk. O(logs +
  /// anchors).
  func followed(_ anchors: RecordAnchors) throws(StoreError) -> RecordAnchors {
    var followed = RecordAnchors()
    for folder in try folders() {
      let known = anchors[RecordLogName.name(ofFolder: folder)]
      let path = self.folder(folder)
      guard !known.isEmpty, let first = try RecordFile.segments(in: path).first,
        let before = try SegmentPruning.previousHash(of: first, in: path),
        let place = known.lastIndex(where: { $0.after == before })
      else { continue }
      for anchor in known[...place] { followed.append(anchor) }
    }
    return followed
  }

  /// Where a log lies.
  func folder(_ name: String) -> String { name.isEmpty ? directory : directory + "/" + name }

  /// The folders of the logs that have segments, sorted, that of the first stage first.
  func folders() throws(StoreError) -> [String] { try logs().map(\.folder) }

  /// The segments of all logs, of each in the order they were written in; none when there is no log.
  private func segments() throws(StoreError) -> [Segment] {
    try logs().flatMap { log in log.numbers.map { Segment(folder: log.folder, number: $0) } }
  }

  /// The logs that have segments, sorted by their folders, that of the first stage first.
  private func logs() throws(StoreError) -> [(folder: String, numbers: [Int])] {
    guard File.exists(directory) else { return [] }
    var logs: [(folder: String, numbers: [Int])] = []
    for name in try [""] + RecordFile.names(in: directory).sorted() where name.isEmpty || RecordLogName.isFolder(name) {
      guard File.exists(folder(name) + "/.") else { continue }
      let numbers = try RecordFile.segments(in: folder(name))
      if !numbers.isEmpty { logs.append((name, numbers)) }
    }
    return logs
  }

  /// From the lowest to the highest id in a segment; nil when it has no records.
  private func range(of segment: Segment) throws(StoreError) -> ClosedRange<Identifier>? {
    if let known = memory[segment] { return known }
    let index = try index(of: segment)
    if index.count == 0 { return nil }
    if case .packed(let packed) = index { return packed.range }
    let range = try index.entry(0).id...index.entry(index.count - 1).id
    if index.isFinal { memory[segment] = range }
    return range
  }

  /// Where the records of a segment lie.
  func index(of segment: Segment) throws(StoreError) -> RecordIndex {
    if let current = current?(segment.folder), current.segment == segment.number { return .held(current.entries) }
    return try memory.index(of: segment, in: folder(segment.folder))
  }

  /// A way down through a segment's records by id.
  private struct Cursor {
    let segment: Segment
    private let index: RecordIndex
    private let subject: UInt32?
    private var position: Int
    private(set) var next: RecordIndex.Entry

    /// Nil when no record's id is below `id`.
    init?(
      _ segment: Segment, _ index: RecordIndex, before id: Identifier?, subject: UInt32?
    ) throws(StoreError) {
      self.segment = segment
      self.index = index
      self.subject = subject
      guard index.count > 0, let place = try index.place(before: try index.count(below: id), subject: subject) else {
        return nil
      }
      position = place
      next = try index.entry(position)
    }

    mutating func advance() throws(StoreError) -> Bool {
      guard let place = try index.place(before: position, subject: subject) else { return false }
      position = place
      next = try index.entry(position)
      return true
    }

    /// Takes its place among cursors, whose last is at the highest id and, of equal ones, at the last segment.
    func enter(_ cursors: inout [Cursor]) {
      let place = cursors.lastIndex { ($0.next.id, $0.segment.number) < (next.id, segment.number) }
      cursors.insert(self, at: place.map { $0 + 1 } ?? 0)
    }
  }
}
