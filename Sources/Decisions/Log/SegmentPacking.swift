internal import Core
internal import Platform

/// Compresses segments that are full, each with its index.
enum SegmentPacking {
  /// Packs a segment that is written no more, with its index; the file it was in goes when the packed one reads the
  /// same. One that is damaged, or doesn't follow the one before it, stays as it is. O(bytes).
  static func pack(_ number: Int, in directory: String) throws(StoreError) {
    let path = RecordFile.path(directory, number)
    guard File.exists(path) else { return }
    let written = SegmentContent(path: path, bytes: try RecordFile.read(path), form: .turns)
    let scan = written.scan(following: try heads(before: number, in: directory))
    if !scan.faults.isEmpty || scan.entries.isEmpty { return }
    let file = try PackedSegment.bytes(of: written.bytes, scan)
    let packed = PackedSegment(file)
    guard packed.content == written.bytes, packed.faults.isEmpty else {
      throw StoreError(.corrupt, "what was packed reads otherwise")
    }
    let place = RecordFile.packedPath(directory, number)
    try RecordFile.replace(place, with: file)
    let content = SegmentContent(path: place, bytes: packed.content, form: .turns, blocks: packed.blocks)
    if let index = PackedIndex.bytes(of: content, scan, packedBytes: file.count) {
      try RecordFile.replace(RecordFile.indexPath(directory, number), with: index)
    }
    File.remove(path)
  }

  /// What a segment may follow; nil when the one before it is gone. O(bytes of that one).
  static func heads(before number: Int, in directory: String) throws(StoreError) -> [[UInt8]]? {
    if number <= 1 { return [RecordSegment.firstHash] }
    let before = RecordFile.path(directory, number - 1)
    let packed = RecordFile.packedPath(directory, number - 1)
    if !File.exists(before), File.exists(packed), let hash = try PackedSegment.lastHash(of: packed) {
      return [hash]
    }
    let content = try SegmentContent.read(directory, number - 1, .turns)
    return content?.scan(following: nil).heads
  }
}
