package import Core
internal import Platform

/// A copy of a segment of records that lies somewhere else.
package struct ArchivedSegment: Sendable, Equatable {
  /// The hash that its first frame follows.
  package var before: [UInt8]
  /// The hash of its last frame.
  package var after: [UInt8]
  /// How many records it holds.
  package var count: Int64

  /// Reads the copy at `path`, packed or not, and follows the chain in it. O(bytes). Throws `corrupt` when it is no
  /// segment, or isn't what was written; `io` when it can't be read.
  package init(_ path: String) throws(StoreError) {
    let bytes = try RecordFile.read(path)
    let content =
      bytes.starts(with: PackedSegment.magic)
      ? try SegmentContent.packed(path, .turns) : SegmentContent(path: path, bytes: bytes, form: .turns)
    let scan = content.scan(following: nil)
    if let fault = (content.faults + scan.faults).first { throw StoreError(.corrupt, "\(path): \(fault.message)") }
    guard let last = scan.entries.last else { throw StoreError(.corrupt, "\(path) has no records") }
    before = Array(content.bytes[scan.previousHash])
    after = RecordSegment.hash(in: content.bytes, at: last.place)
    count = scan.recordCount
  }

  /// The anchor that stands for it; nil when none does. O(anchors).
  package func anchor(among anchors: RecordAnchors) -> RecordAnchor? {
    anchors.all.first { $0.before == before && $0.after == after && $0.count == count }
  }
}
