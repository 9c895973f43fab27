package import Core
internal import Platform

/// Copies of segments of records that lie somewhere else, of one log, each following the one before it.
package struct ArchivedRecords: Sendable {
  /// How many records they hold.
  package private(set) var count: Int64 = 0
  /// How many of them lie before the end of each frame, by its hash, and before the first by the hash that it follows.
  private var places: [[UInt8]: Int64] = [:]
  /// The hash of the last frame.
  private var last: [UInt8] = []

  /// Reads the copies at `paths`, packed or not, and follows the chain in them. O(bytes). Throws `corrupt` when one is
  /// no segment, isn't what was written, or doesn't follow the one before it; `io` when one can't be read.
  package init(_ paths: [String]) throws(StoreError) {
    for path in paths { try take(path) }
  }

  private mutating func take(_ path: String) throws(StoreError) {
    let bytes = try RecordFile.read(path)
    let content =
      bytes.starts(with: PackedSegment.magic)
      ? try SegmentContent.packed(path, .turns) : SegmentContent(path: path, bytes: bytes, form: .turns)
    let scan = content.scan(following: nil)
    if let fault = (content.faults + scan.faults).first { throw StoreError(.corrupt, "\(path): \(fault.message)") }
    if scan.entries.isEmpty { throw StoreError(.corrupt, "\(path) has no records") }
    let before = Array(content.bytes[scan.previousHash])
    if places.isEmpty {
      places[before] = 0
    } else if before != last {
      throw StoreError(.corrupt, "\(path) doesn't follow the segment that is named before it")
    }
    for entry in scan.entries {
      count += Int64(scan.records(in: entry).count)
      last = RecordSegment.hash(in: content.bytes, at: entry.place)
      places[last] = count
    }
  }

  /// What the ledger says of them.
  package struct Standing: Sendable, Equatable {
    /// The anchors of removed records of which the last is in the copies, in the order of the log.
    package var anchors: [RecordAnchor] = []
    /// How many records at the end of the copies no anchor stands for. Those before are what was removed: the hashes of
    /// the anchors come out of them.
    package var unknown: Int64
  }

  /// How they stand among these anchors. O(anchors).
  package func standing(among anchors: RecordAnchors) -> Standing {
    var found: [(end: Int64, anchor: RecordAnchor)] = []
    for anchor in anchors.all {
      guard let end = places[anchor.after], end > 0 else { continue }
      // The copies may begin in the middle of what the anchor stands for.
      let begin = places[anchor.before]
      if begin.map({ end - $0 == anchor.count }) ?? (end < anchor.count) { found.append((end, anchor)) }
    }
    found.sort { ($0.end, $0.anchor.log) < ($1.end, $1.anchor.log) }
    return Standing(anchors: found.map(\.anchor), unknown: count - (found.last?.end ?? 0))
  }
}
