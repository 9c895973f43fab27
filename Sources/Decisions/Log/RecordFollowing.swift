package import Core
internal import Platform

/// A part of a log in the order in which it was written, for those who follow it.
package struct FollowedRecords: Sendable {
  /// The bytes of each record, and its position in the log.
  package var records: [(position: UInt64, bytes: [UInt8])] = []
  /// Where to read on.
  package var next: UInt64
  /// Where the records begin when something before them had to be left out; nil when nothing had.
  package var restart: UInt64?
  /// Whether what was left out isn't kept any more; else it can't be read.
  package var isExpired = false
  /// Whether there was no more.
  package var isEnd = false
}

/// A place between two records: the segment's number above 40 bits, where a frame begins in it above 12, and how many
/// of the frame's records lie before. Packing a segment moves none of them.
private struct RecordPlace: Comparable {
  var segment: Int
  var frame: Int
  var records = 0

  init(_ segment: Int, _ frame: Int) {
    self.segment = segment
    self.frame = frame
  }

  init(_ position: UInt64) {
    segment = Int(position >> 40)
    frame = Int(position >> 12 & (1 << 28 - 1))
    records = Int(position & (1 << 12 - 1))
  }

  var position: UInt64 { UInt64(segment) << 40 | UInt64(frame) << 12 | UInt64(records) }

  static func < (left: RecordPlace, right: RecordPlace) -> Bool { left.position < right.position }
}

/// One of the logs of a ``RecordLog``, read in the order in which it was written, whether or not its segments are
/// packed meanwhile.
///
/// A position is that of the last record that was read; it stays the same over restarts.
package struct FollowedLog: Sendable {
  /// What checkpoints call it: `local/0`.
  package let name: String
  let folder: String
  let reader: RecordReader
  /// Which segment is written to last, and how many of its bytes the system has.
  let written: @Sendable () throws(StoreError) -> (segment: Int, length: Int)

  /// The log in a folder, of which `written` says how far the system has it.
  init(
    _ folder: String, _ reader: RecordReader,
    written: @escaping @Sendable () throws(StoreError) -> (segment: Int, length: Int)
  ) {
    name = RecordLogName.name(ofFolder: folder)
    self.folder = folder
    self.reader = reader
    self.written = written
  }

  /// Where its segments are.
  var directory: String { reader.folder(folder) }

  /// The position before the oldest record that is kept. Waits for the disk.
  package func beginning() throws(StoreError) -> UInt64 {
    RecordPlace(try RecordFile.segments(in: directory).first ?? 1, 0).position
  }

  /// The position behind the last record that is written. O(1) for a log that is written to.
  package func end() throws(StoreError) -> UInt64 {
    let (segment, length) = try written()
    return RecordPlace(segment, length).position
  }

  /// About how many bytes lie behind `position`: exactly none when there are none. O(1) for a log that is written to.
  package func bytes(after position: UInt64) throws(StoreError) -> Int {
    let (segment, length) = try written()
    let place = RecordPlace(position)
    guard place < RecordPlace(segment, length) else { return 0 }
    return max(1, (segment - place.segment) * RecordLimits().segmentBytes + length - place.frame)
  }

  /// Records behind `position`, at most so many and about so many bytes, of one segment. Waits for the disk. O(bytes);
  /// O(segment) where it is damaged, O(segments) where some are gone.
  package func part(after position: UInt64, records limit: Int, bytes: Int) throws(StoreError) -> FollowedRecords {
    let (last, lastLength) = try written()
    let end = RecordPlace(last, lastLength)
    var place = RecordPlace(position)
    var part = FollowedRecords(next: position)
    guard place < end else {
      part.isEnd = true
      return part
    }
    if place.segment < last, !isThere(place.segment) {
      let next = try RecordFile.segments(in: directory).first { $0 > place.segment } ?? last
      place = RecordPlace(next, 0)
      (part.restart, part.isExpired) = (place.position, true)
    }
    let segment = RecordReader.Segment(folder: folder, number: place.segment)
    let known = place.segment == last ? lastLength : nil
    do throws(StoreError) {
      try read(segment, known, &place, limit, bytes, &part)
    } catch {
      // It was packed a moment ago, and the file went.
      if error.code == .corrupt || known != nil { throw error }
      try read(segment, known, &place, limit, bytes, &part)
    }
    part.next = place.position
    part.isEnd = place >= end
    return part
  }

  private func isThere(_ number: Int) -> Bool {
    File.exists(RecordFile.path(directory, number)) || File.exists(RecordFile.packedPath(directory, number))
  }

  private func read(
    _ segment: RecordReader.Segment, _ known: Int?, _ place: inout RecordPlace, _ limit: Int, _ bytes: Int,
    _ part: inout FollowedRecords
  ) throws(StoreError) {
    var frames = try FollowedFrames(segment, reader, known: known, step: bytes)
    if place.frame == 0 { place.frame = min(RecordSegment.headBytes, frames.length) }
    do throws(StoreError) {
      try take(from: &frames, at: &place, limit, bytes, &part)
    } catch {
      // What was read before comes first.
      if error.code != .corrupt { throw error }
      if part.records.isEmpty { try passOver(segment, frames.length, &place, &part) }
    }
    if known == nil, place.frame >= frames.length { place = RecordPlace(segment.number + 1, 0) }
  }

  private func take(
    from frames: inout FollowedFrames, at place: inout RecordPlace, _ limit: Int, _ bytes: Int,
    _ part: inout FollowedRecords
  ) throws(StoreError) {
    var taken = 0
    while part.records.count < limit, taken < bytes, place.frame < frames.length {
      let frame = try frames.frame(at: place.frame)
      let (records, next) = (frame.records, frame.next)
      for (number, record) in records.enumerated().dropFirst(place.records) {
        if part.records.count >= limit || taken >= bytes { return }
        // Behind the last one lies the next frame.
        place.records = number + 1
        if number + 1 == records.count { (place.frame, place.records) = (next, 0) }
        part.records.append((place.position, Array(record)))
        taken += record.count
      }
      if place.frame < next { (place.frame, place.records) = (next, 0) }
    }
  }

  /// Goes on behind what can't be read.
  private func passOver(
    _ segment: RecordReader.Segment, _ length: Int, _ place: inout RecordPlace, _ part: inout FollowedRecords
  ) throws(StoreError) {
    let content = try SegmentContent.read(directory, segment.number, segment.form)
    let bytes = Array((content?.bytes ?? []).prefix(length))
    let next = SegmentScan(bytes, segment.form).entries.first { $0.isGood && $0.place > place.frame }
    (place.frame, place.records) = (next?.place ?? length, 0)
    part.restart = place.position
  }
}
