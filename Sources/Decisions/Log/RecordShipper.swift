package import Core
internal import NIOCore
internal import NIOPosix

/// Stores the records that a host has in its own files where all hosts read them: each log in its order, from where it
/// was left, so that none is lost and none is there twice. Files go when all of them is stored.
///
/// A decision never waits for it.
package struct RecordShipper: Sendable {
  private let records: RecordLog
  private let store: any DecisionLog
  private let host: String

  /// Ships the logs of `records`, as those of `host`, to `store`.
  package init(_ records: RecordLog, to store: any DecisionLog, host: String) {
    self.records = records
    self.store = store
    self.host = host
  }

  /// What a round came to.
  package struct Round: Sendable, Equatable {
    /// Records that were stored.
    package var shipped: Int64 = 0
    /// Whether there is more.
    package var isUnfinished = false
    /// What can't be read and so is not stored, for people.
    package var faults: [String] = []
  }

  /// The name under which a host's log is stored: `HOST/LANE`.
  package static func name(of log: FollowedLog, host: String) -> String {
    "\(host)/\(log.folder.isEmpty ? log.name : log.folder)"
  }

  /// Takes of `anchors` those behind which the host's own logs go on, adds what of these logs is stored as a whole, and
  /// removes the files of that which are still there, as after a crash: for ``RecordLog``, which goes on behind it.
  /// Waits for the disk.
  package static func anchors(
    _ anchors: RecordAnchors, in store: any DecisionLog, host: String, directory: String
  ) async throws(StoreError) -> RecordAnchors {
    let reader = RecordReader(directory: directory)
    var anchors = try reader.followed(anchors)
    for folder in try reader.folders() where !folder.isEmpty {
      let end = try await store.end(of: "\(host)/\(folder)")
      let log = RecordLogName.name(ofFolder: folder)
      let path = reader.folder(folder)
      // The last one with anything in it stays: a new one follows its hash.
      let written = try SegmentPruning.lastWritten(in: path)
      var (gone, hash) = (end.whole, end.wholeHash)
      for number in try RecordFile.segments(in: path) where number < Int(end.position >> 40) {
        if number < written {
          try SegmentPruning.remove(number, in: path)
        } else if let before = try SegmentPruning.previousHash(of: number, in: path) {
          gone -= Int64(try reader.index(of: RecordReader.Segment(folder: folder, number: number)).count)
          hash = before
        }
      }
      if gone <= anchors[log].last?.last ?? 0 { continue }
      anchors.append(
        RecordAnchor(log: log, first: 1, last: gone, before: RecordSegment.firstHash, after: hash))
    }
    return anchors
  }

  /// What the ledger must be told before logs are stored that go on behind `anchors`, as those of a host that pruned
  /// before it shared a store: that their beginnings are gone under the names they are stored by. None once something
  /// of the log is stored. Waits for the disk.
  package static func beginnings(
    _ anchors: RecordAnchors, in store: any DecisionLog, host: String, directory: String
  ) async throws(StoreError) -> [RecordAnchor] {
    var beginnings: [RecordAnchor] = []
    for folder in try RecordReader(directory: directory).folders() where !folder.isEmpty {
      let log = "\(host)/\(folder)"
      guard let last = anchors[RecordLogName.name(ofFolder: folder)].last, try await store.end(of: log) == LogEnd()
      else { continue }
      beginnings.append(
        RecordAnchor(
          log: RecordLogName.name(ofStored: log), first: 1, last: last.last, before: RecordSegment.firstHash,
          after: last.after))
    }
    return beginnings
  }

  /// Stores a piece of each log, see ``RecordLimits/shippedBytes``. Throws what the store throws, and when the
  /// directory can't be read.
  package func round() async throws -> Round {
    var round = Round()
    for log in try records.followed() {
      let name = Self.name(of: log, host: host)
      let before = try await store.end(of: name)
      let piece = try await NIOSingletons.posixBlockingThreadPool.runIfActive {
        try ShippedPiece(of: log, after: before, anchors: records.anchors[log.name])
      }
      if let fault = piece.fault { round.faults.append("\(name): \(fault)") }
      if piece.end == before { continue }
      try await store.append(piece.records, to: name, after: before, end: piece.end)
      round.shipped += Int64(piece.records.count)
      round.isUnfinished = round.isUnfinished || !piece.isLast
      if piece.end.whole > before.whole { try await records.remove(segmentsOf: log, before: piece.segment) }
    }
    return round
  }
}

/// The next records of a log, of one segment.
struct ShippedPiece: Sendable {
  private(set) var records: [LoggedRecord] = []
  /// Where the log is stored up to, with these.
  private(set) var end: LogEnd
  /// The segment that comes next.
  private(set) var segment: Int
  /// Whether nothing comes after them for now.
  private(set) var isLast = false
  /// Why a part of the segment isn't stored; nil when all is.
  private(set) var fault: String?

  /// What of `log` follows `before`, or the last of `anchors` when nothing of it is stored. Waits for the disk.
  /// O(bytes).
  init(of log: FollowedLog, after before: LogEnd, anchors: [RecordAnchor] = []) throws(StoreError) {
    end = before
    let (last, lastLength) = try log.written()
    segment = Int(before.position >> 40)
    let frame = Int(before.position >> 12 & (1 << 28 - 1))
    if before.position == 0 { segment = try RecordFile.segments(in: log.directory).first ?? last }
    if segment > last || segment == last && frame >= lastLength {
      isLast = true
      return
    }
    let place = RecordReader.Segment(folder: log.folder, number: segment)
    let known = segment == last ? lastLength : nil
    do throws(StoreError) {
      do throws(StoreError) { try read(place, log.reader, known, frame, anchors) } catch {
        // It was packed a moment ago, and the file went; a second look finds that.
        if known != nil || error.code == .corrupt { throw error }
        (records, end) = ([], before)
        try read(place, log.reader, known, frame, anchors)
      }
    } catch {
      if error.code != .corrupt { throw error }
      // It stays, and so does all that is behind it, until somebody has looked at it.
      (fault, isLast) = (error.message, true)
    }
  }

  private mutating func read(
    _ place: RecordReader.Segment, _ reader: RecordReader, _ known: Int?, _ start: Int, _ anchors: [RecordAnchor]
  ) throws(StoreError) {
    var frame = start
    var frames = try FollowedFrames(place, reader, known: known, step: RecordLimits.shippedBytes)
    if frame == 0, frames.length >= RecordSegment.headBytes {
      let previous = try frames.previousHash()
      if end.sequence == 0, let gone = anchors.place(before: previous) { (end.sequence, end.hash) = (gone, previous) }
      if previous != end.hash {
        throw StoreError(.corrupt, "segment \(place.number) does not follow what was stored before it")
      }
      frame = RecordSegment.headBytes
    }
    var bytes = 0
    while frame < frames.length, bytes < RecordLimits.shippedBytes {
      let next = try frames.frame(at: frame)
      let hash = RecordSegment.hash(next.payload, after: end.hash)
      if let kept = next.hash, kept != hash {
        throw StoreError(.corrupt, "segment \(place.number) has a frame at byte \(frame) that is not what was written")
      }
      for (index, record) in next.records.enumerated() {
        guard let id = RecordSegment.id(of: record) else {
          throw StoreError(.corrupt, "segment \(place.number) has a record without an id at byte \(frame)")
        }
        end.sequence += 1
        records.append(
          LoggedRecord(
            sequence: end.sequence, id: id, bytes: Array(record),
            hash: index == next.records.count - 1 ? hash : nil))
      }
      end.hash = hash
      bytes += next.payload.count
      frame = next.next
      end.position = UInt64(segment) << 40 | UInt64(frame) << 12
    }
    if frame < frames.length || known != nil {
      isLast = frame >= frames.length
      return
    }
    segment += 1
    end.position = UInt64(segment) << 40
    (end.whole, end.wholeHash) = (end.sequence, end.hash)
  }
}

extension RecordLog {
  /// Removes the segments of a log before this one: they are stored elsewhere. Those of the first stage stay. In the
  /// background, in turn with what else is done there.
  func remove(segmentsOf log: FollowedLog, before segment: Int) async throws {
    if log.folder.isEmpty { return }
    try await background.perform { [reader] () throws(StoreError) in
      let (current, length) = try log.written()
      // An empty one follows the one before it, which must stay for that.
      let written = length > 0 ? current : try SegmentPruning.lastWritten(in: log.directory)
      for number in try RecordFile.segments(in: log.directory) where number < min(segment, written) {
        try SegmentPruning.remove(number, in: log.directory)
        reader.forget(RecordReader.Segment(folder: log.folder, number: number))
      }
    }
  }
}
