internal import Core
internal import Cryptography
internal import Glibc

/// The records of one turn of a loop on their way to the disk: one after the other in one buffer, in frames that are
/// chained when they are written.
struct RecordFrames {
  /// A record in the buffer.
  struct Entry {
    var id: Identifier
    /// See ``RecordSubject/hash(_:)``; 0 for a record without a subject.
    var subject: UInt32
    /// Where it begins, with the length before it.
    var place: Int
  }

  /// Bytes of a frame's payload, unless it is a single record.
  static let payloadBytes = 64 << 10

  private(set) var entries: [Entry] = []
  /// The frames, and behind ``used`` room for more.
  private var storage: [UInt8] = []
  private var used = 0
  /// The place in ``storage`` where each frame begins.
  private var frames: [Int] = []

  var isEmpty: Bool { entries.isEmpty }

  /// The frames as they are written. Hashes and lengths are in them once ``chain(after:)`` was called.
  var bytes: ArraySlice<UInt8> { storage[..<used] }

  mutating func removeAll() {
    used = 0
    entries.removeAll(keepingCapacity: true)
    frames.removeAll(keepingCapacity: true)
    // What a single huge record needed is not kept.
    if storage.count > 16 * Self.payloadBytes { storage = [] }
  }

  /// Adds a record that is whole. O(bytes).
  mutating func append(_ id: Identifier, subject: UInt32, _ record: [UInt8]) {
    append(id, subject: subject, atMost: record.count) { $0.append(record) }
  }

  /// Adds the record of at most `count` bytes that `body` writes. O(bytes).
  mutating func append(_ id: Identifier, subject: UInt32, atMost count: Int, _ body: (inout RecordText) -> Void) {
    let needed = used + 2 * RecordSegment.frameBytes + 4 + count
    if storage.count < needed { storage += repeatElement(0, count: max(needed, 2 * storage.count) - storage.count) }
    if frames.isEmpty { beginFrame() }
    var record = used
    used = storage.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return record }
      var text = RecordText(at: base + record + 4)
      body(&text)
      return record + 4 + text.count(since: base + record + 4)
    }
    if let frame = frames.last, record > frame + RecordSegment.frameBytes,
      used - frame - RecordSegment.frameBytes > Self.payloadBytes
    {
      // It is too much for this frame, and begins the next one.
      storage.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        memmove(base + record + RecordSegment.frameBytes, base + record, used - record)
      }
      frames.append(record)
      used += RecordSegment.frameBytes
      record += RecordSegment.frameBytes
    }
    storage.replace(length: used - record - 4, at: record)
    entries.append(Entry(id: id, subject: subject, place: record))
  }

  private mutating func beginFrame() {
    frames.append(used)
    used += RecordSegment.frameBytes
  }

  /// Puts lengths and hashes into the frames, of which the first follows `previous`; returns the last hash. May be
  /// called again. O(bytes).
  mutating func chain(after previous: [UInt8]) -> [UInt8] {
    var hash = previous
    for (index, frame) in frames.enumerated() {
      let payload = frame + RecordSegment.frameBytes
      let end = index + 1 < frames.count ? frames[index + 1] : used
      hash = RecordSegment.hash(storage[payload..<end], after: hash)
      storage.replace(length: end - payload, at: frame)
      for (offset, byte) in hash.enumerated() { storage[frame + 4 + offset] = byte }
    }
    return hash
  }
}

extension [UInt8] {
  /// Puts a length into the four bytes at `place`.
  fileprivate mutating func replace(length: Int, at place: Int) {
    for offset in 0..<4 { self[place + offset] = UInt8(truncatingIfNeeded: length >> (24 - 8 * offset)) }
  }
}
