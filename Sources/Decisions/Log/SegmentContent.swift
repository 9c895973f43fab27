internal import Core
internal import Platform

/// A segment as it was written, whether or not it was packed since.
struct SegmentContent: Equatable {
  /// Where it was read from.
  var path: String
  var bytes: [UInt8]
  var form: RecordSegment.Form
  /// What is wrong with the packed file beyond its content.
  var faults: [SegmentScan.Fault] = []
  /// The blocks of the packed file; empty for one that isn't packed.
  var blocks: [PackedSegment.Block] = []

  /// Reads a segment; nil when it isn't there. O(bytes).
  static func read(
    _ directory: String, _ number: Int, _ form: RecordSegment.Form
  ) throws(StoreError) -> SegmentContent? {
    let packed = RecordFile.packedPath(directory, number)
    // The file that was packed goes only when the packed one is whole, and then is as good.
    let path = RecordFile.path(directory, number)
    if File.exists(path) {
      do throws(StoreError) {
        return SegmentContent(path: path, bytes: try RecordFile.read(path), form: form)
      } catch {
        if File.exists(path) { throw error }
      }
    }
    guard File.exists(packed) else { return nil }
    return try Self.packed(packed, form)
  }

  /// The packed segment in the file at `path`. O(bytes).
  static func packed(_ path: String, _ form: RecordSegment.Form) throws(StoreError) -> SegmentContent {
    let segment = PackedSegment(try RecordFile.read(path))
    return SegmentContent(
      path: path, bytes: segment.content, form: form, faults: segment.faults, blocks: segment.blocks)
  }

  /// What it holds, by its hashes. O(bytes).
  func scan(following heads: [[UInt8]]?) -> SegmentScan { SegmentScan(bytes, form, following: heads) }

  static func == (left: SegmentContent, right: SegmentContent) -> Bool {
    left.path == right.path && left.bytes == right.bytes
  }
}
