internal import Core
internal import Platform

/// Takes the oldest segments out of a log, one after the other, each with an anchor that stays.
enum SegmentPruning {
  /// What is to be done with the oldest segment.
  enum Step: Equatable {
    /// Remove it: its anchor is in the ledger.
    case remove(segment: Int)
    /// State this, and then remove it.
    case anchor(RecordAnchor, segment: Int)
  }

  /// What can go next from the log in `directory`, whose `anchors` are known and whose segments from `written` on stay:
  /// its oldest segment, when every record in it was made before `milliseconds`; nil when nothing can go. O(bytes of a
  /// segment). Throws `corrupt` for one that is damaged: it stays, and so do those behind it.
  static func next(
    in directory: String, of log: String, _ anchors: [RecordAnchor], before milliseconds: Int64, written: Int
  ) throws(StoreError) -> Step? {
    guard let number = try RecordFile.segments(in: directory).first, number < written,
      let content = try SegmentContent.read(directory, number, .turns)
    else { return nil }
    let scan = content.scan(following: nil)
    guard content.faults.isEmpty, scan.faults.isEmpty, let last = scan.entries.last else {
      throw damaged(content.path, (content.faults + scan.faults).first?.message ?? "it has no records")
    }
    let before = Array(content.bytes[scan.previousHash])
    guard let place = anchors.place(before: before) else {
      throw damaged(content.path, "it follows neither the beginning of the log nor an anchor")
    }
    // A crash came between the anchor and the removal.
    if place < anchors.last?.last ?? 0 { return .remove(segment: number) }
    let times = scan.records(in: last).map { RecordedDecision(bytes: Array(content.bytes[$0.payload])) }
    guard times.allSatisfy({ $0.map { $0.timeMilliseconds < milliseconds } ?? false }) else { return nil }
    let anchor = RecordAnchor(
      log: log, first: place + 1, last: place + scan.recordCount, before: before,
      after: RecordSegment.hash(in: content.bytes, at: last.place))
    return .anchor(anchor, segment: number)
  }

  /// Removes what is anchored and still there, as after a crash, and gives how many records are gone. O(segments that
  /// go).
  static func finish(in directory: String, of log: String, _ anchors: [RecordAnchor]) throws(StoreError) -> Int64 {
    if anchors.isEmpty { return 0 }
    while let number = try RecordFile.segments(in: directory).first,
      let before = try previousHash(of: number, in: directory), let place = anchors.place(before: before)
    {
      if place == anchors.last?.last ?? 0 { return place }
      try remove(number, in: directory)
    }
    return anchors.last?.last ?? 0
  }

  /// The hash that a segment's first frame follows; nil when that can't be read, or nothing is in it. O(1).
  static func previousHash(of number: Int, in directory: String) throws(StoreError) -> [UInt8]? {
    let path = RecordFile.path(directory, number)
    let isPacked = !File.exists(path)
    let file = try RecordFile.Reader(isPacked ? RecordFile.packedPath(directory, number) : path)
    let start = isPacked ? PackedSegment.magic.count : RecordSegment.Form.turns.magic.count
    if file.length < start + 32 { return nil }
    return try file.read(32, at: start)
  }

  /// Removes a segment's files, that of its index last.
  static func remove(_ number: Int, in directory: String) throws(StoreError) {
    for path in [
      RecordFile.path(directory, number), RecordFile.packedPath(directory, number),
      RecordFile.indexPath(directory, number),
    ] where File.exists(path) { File.remove(path) }
    if try RecordFile.segments(in: directory).contains(number) {
      throw StoreError(.io, "\(RecordFile.path(directory, number)) can't be removed")
    }
    try StoreError.catching { () throws(FileError) in
      try Directory.sync(holding: RecordFile.path(directory, number))
    }
  }

  /// From which segment on a log stays when nobody writes it: the last one with anything in it.
  static func lastWritten(in directory: String) throws(StoreError) -> Int {
    let numbers = try RecordFile.segments(in: directory)
    for number in numbers.reversed() {
      let path = RecordFile.path(directory, number)
      if !File.exists(path) { return number }
      if try RecordFile.Reader(path).length > 0 { return number }
    }
    return 0
  }

  private static func damaged(_ path: String, _ what: String) -> StoreError {
    StoreError(.corrupt, "\(path) is damaged and stays, with all behind it: \(what)")
  }
}
