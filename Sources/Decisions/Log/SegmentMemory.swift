internal import Core
internal import Platform
internal import Synchronization

/// What is known of segments: the indexes of packed ones and the ids that full ones have, which change no more, and the
/// indexes of the few that had to be read for it.
final class SegmentMemory: Sendable {
  private struct Read {
    var length: Int
    var entries: [RecordIndex.Entry]
  }

  /// Segments that had to be read, and are held.
  private static let held = 8

  private let ranges = Mutex<[RecordReader.Segment: ClosedRange<Identifier>]>([:])
  private let packed = Mutex<[RecordReader.Segment: PackedIndex]>([:])
  private let reads = Mutex<[RecordReader.Segment: Read]>([:])
  private let cache = BlockCache()

  subscript(segment: RecordReader.Segment) -> ClosedRange<Identifier>? {
    get { ranges.withLock { $0[segment] } }
    set { ranges.withLock { $0[segment] = newValue } }
  }

  /// Forgets a segment that is gone. O(1).
  func forget(_ segment: RecordReader.Segment) {
    ranges.withLock { $0[segment] = nil }
    packed.withLock { $0[segment] = nil }
    reads.withLock { $0[segment] = nil }
  }

  /// The index of a segment in `directory` that this process doesn't write; one that is missing beside a full segment
  /// is made. O(1), or O(bytes) when it must be made.
  func index(of segment: RecordReader.Segment, in directory: String) throws(StoreError) -> RecordIndex {
    if let known = packed.withLock({ $0[segment] }) { return .packed(known) }
    let number = segment.number
    if let index = try packedIndex(number, in: directory) {
      packed.withLock { $0[segment] = index }
      return .packed(index)
    }
    let path = RecordFile.path(directory, number)
    // One that is damaged from its first byte on has no index; what can be read of it is held.
    let isPacked = !File.exists(path)
    let length = try RecordFile.Reader(isPacked ? RecordFile.packedPath(directory, number) : path).length
    let kept = RecordFile.indexPath(directory, number)
    if segment.form == .single, let file = RecordIndexFile(kept, segmentBytes: length) { return .file(file) }
    if let read = reads.withLock({ $0[segment] }), read.length == length {
      return .held(read.entries)
    }
    guard let content = try SegmentContent.read(directory, number, segment.form) else { return .held([]) }
    let entries = [RecordIndex.Entry](content.scan(following: nil), of: content.bytes)
    reads.withLock { reads in
      if reads.count >= Self.held { reads.removeAll() }
      reads[segment] = Read(length: length, entries: entries)
    }
    // Only of a segment that nobody writes any more; where nothing may be written, it is made anew each time.
    if segment.form == .single, try RecordFile.segments(in: directory).last != number {
      try? RecordFile.replace(kept, with: RecordIndexFile.bytes(entries, segmentBytes: content.bytes.count))
    }
    return .held(entries)
  }

  /// The index of a packed segment; nil when it isn't packed, or has no records.
  private func packedIndex(_ number: Int, in directory: String) throws(StoreError) -> PackedIndex? {
    let packed = RecordFile.packedPath(directory, number)
    guard File.exists(packed) else { return nil }
    let length = try RecordFile.Reader(packed).length
    let path = RecordFile.indexPath(directory, number)
    if let index = PackedIndex(path, of: packed, packedBytes: length, cache: cache) { return index }
    let content = try SegmentContent.packed(packed, .turns)
    let scan = content.scan(following: nil)
    // What is damaged isn't found by its blocks.
    guard content.faults.isEmpty, scan.faults.isEmpty,
      let bytes = PackedIndex.bytes(of: content, scan, packedBytes: length)
    else { return nil }
    try? RecordFile.replace(path, with: bytes)
    return PackedIndex(path, of: packed, packedBytes: length, cache: cache)
  }
}
