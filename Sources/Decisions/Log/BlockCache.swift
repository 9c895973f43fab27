internal import Core
internal import Synchronization

/// A block of a packed segment, as its frames were written but for their hashes.
final class UnpackedBlock: Sendable {
  /// Its records in the order they were written in.
  let entries: [RecordIndex.Entry]
  private let bytes: [UInt8]
  private let start: Int

  /// The block that begins at byte `start` of its segment. O(bytes).
  init(_ bytes: [UInt8], start: Int) {
    self.bytes = bytes
    self.start = start
    var entries: [RecordIndex.Entry] = []
    var place = 0
    while let frame = RecordSegment.Frame(bytes, at: place) {
      for record in RecordSegment.records(in: bytes, frame.payload) {
        if let entry = RecordIndex.Entry(bytes[record.payload], at: start + record.place) { entries.append(entry) }
      }
      place = frame.payload.upperBound
    }
    self.entries = entries
  }

  /// The bytes of the record at `place` of the segment; nil when there is none.
  func record(at place: Int) -> ArraySlice<UInt8>? {
    Self.payload(in: bytes, at: place - start).map { bytes[$0] }
  }

  private static func payload(in bytes: [UInt8], at place: Int) -> Range<Int>? {
    guard place >= 0, place + 4 < bytes.count else { return nil }
    let payload = place + 4..<place + 4 + RecordSegment.length(bytes[place...])
    return payload.isEmpty || payload.upperBound > bytes.count ? nil : payload
  }
}

/// The blocks that were read last, as the next record is likely in one of them. At most ``RecordLimits/blocks``.
final class BlockCache: Sendable {
  /// Names a block by its file and number.
  struct Key: Hashable {
    var path: String
    var number: Int
  }

  private struct State {
    var blocks: [Key: (block: UnpackedBlock, use: Int)] = [:]
    var uses = 0
  }

  private let state = Mutex(State())

  /// The block of this name, which `read` reads when it isn't here. O(blocks) then.
  func block(_ key: Key, _ read: () throws(StoreError) -> UnpackedBlock) throws(StoreError) -> UnpackedBlock {
    let known: UnpackedBlock? = state.withLock { state in
      state.uses += 1
      state.blocks[key]?.use = state.uses
      return state.blocks[key]?.block
    }
    if let known { return known }
    let block = try read()
    state.withLock { state in
      if state.blocks.count >= RecordLimits.blocks, let oldest = state.blocks.min(by: { $0.value.use < $1.value.use }) {
        state.blocks[oldest.key] = nil
      }
      state.blocks[key] = (block, state.uses)
    }
    return block
  }
}
