internal import Core
internal import Cryptography

/// A full segment, compressed.
///
///     head  = "cascade-records-packed-v1\n" || previous[32] || u64be(bytes of the segment)
///     block = u32be(packed bytes) || u64be(start) || u32be(bytes) || hash[32] || check[8] || Zstandard frame
///
/// A block holds whole frames of the segment from `start` on, about 128 KiB of them, so that one record can be read
/// without the others. `hash` is that of its last frame; in the frames themselves zeros stand in the place of hashes,
/// which follow from what was before. `check` begins the SHA-256 of the Zstandard frame, where some bits mean nothing.
/// The segment that is read from it has the bytes that were written, hashes and all.
struct PackedSegment {
  /// A block in the file.
  struct Block {
    /// Where its Zstandard frame lies in the file.
    var packed: Range<Int>
    /// Which bytes of the segment it holds.
    var bytes: Range<Int>
    /// The hash of its last frame.
    var hash: [UInt8]
    /// What the hash of its Zstandard frame begins with.
    var check: [UInt8]
  }

  /// The segment's bytes. Of what can't be read zeros, which ``SegmentScan`` finds.
  private(set) var content: [UInt8]
  /// What is wrong with the file beyond what a scan of the content finds.
  private(set) var faults: [SegmentScan.Fault] = []
  private(set) var blocks: [Block] = []

  static let magic = Array("cascade-records-packed-v1\n".utf8)
  static let headBytes = magic.count + SHA256.byteCount + 8
  private static let checkBytes = 8
  private static let blockHeadBytes = 16 + SHA256.byteCount + checkBytes
  /// Bytes of frames in a block after which the next one begins.
  private static let blockBytes = 128 << 10
  private static let level: Int32 = 6
  private static let frameMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]

  // MARK: Packing

  /// The file of the segment with this content, in which `scan` found no fault. O(bytes).
  static func bytes(of content: [UInt8], _ scan: SegmentScan) throws(StoreError) -> [UInt8] {
    let compressor = try Compressor(level: level)
    var file = magic + content[scan.previousHash] + content.count.bigEndianBytes
    var frames: [SegmentScan.Entry] = []
    for (index, frame) in scan.entries.enumerated() {
      frames.append(frame)
      let start = frames[0].place
      if index + 1 < scan.entries.count, frame.payload.upperBound - start < blockBytes { continue }
      var block = Array(content[start..<frame.payload.upperBound])
      for frame in frames {
        for place in frame.place + 4..<frame.payload.lowerBound { block[place - start] = 0 }
      }
      let packed = try compressor.compress(block)
      file += RecordSegment.bytes(ofLength: packed.count) + start.bigEndianBytes
      file += RecordSegment.bytes(ofLength: block.count) + RecordSegment.hash(in: content, at: frame.place)
      file += check(packed) + packed
      frames = []
    }
    return file
  }

  private static func check(_ packed: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(packed).prefix(checkBytes)) }

  // MARK: Reading

  /// Reads a file. O(bytes).
  init(_ file: [UInt8]) {
    content = RecordSegment.Form.turns.magic
    guard file.count >= Self.headBytes else {
      content = []
      note(.unreadable, "does not begin as a packed segment does, and has no records")
      return
    }
    if !file.starts(with: Self.magic) { note(.changed, "does not begin as a packed segment does") }
    let previous = Array(file[Self.magic.count..<Self.magic.count + SHA256.byteCount])
    content += previous
    var place = Self.headBytes
    var hash = previous
    while place < file.count {
      guard let block = Self.block(in: file, at: place) else {
        note(.unreadable, "has bytes from \(place) on that are no block")
        guard let next = Self.nextBlock(in: file, behind: place) else { break }
        place = next
        continue
      }
      take(block, file, after: &hash)
      place = block.packed.upperBound
    }
    let length = Int(bigEndianBytes: file[(Self.headBytes - 8)..<Self.headBytes])
    if length != content.count {
      note(.changed, "has \(content.count) bytes of records, and says that it has \(length)")
    }
  }

  private mutating func note(_ kind: SegmentScan.Fault.Kind, _ message: String) {
    if faults.count < RecordLimits.faults { faults.append(SegmentScan.Fault(kind: kind, message: message)) }
  }

  /// What stands at `place`; nil when that can't be a block.
  static func block(in file: [UInt8], at place: Int) -> Block? {
    let start = place + blockHeadBytes
    guard start <= file.count else { return nil }
    return block(head: Array(file[place..<start]), at: place, fileBytes: file.count)
  }

  private static func block(head: [UInt8], at place: Int, fileBytes: Int) -> Block? {
    let start = place + blockHeadBytes
    let packed = RecordSegment.length(head[...])
    let (first, count) = (Int(bigEndianBytes: head[4..<12]), RecordSegment.length(head[12...]))
    let most = RecordLimits.parsing.bytes + 2 * blockBytes
    guard packed > 0, packed <= fileBytes - start, first >= RecordSegment.headBytes, first < 1 << 40, count > 0,
      count <= most
    else { return nil }
    return Block(
      packed: start..<start + packed, bytes: first..<first + count, hash: Array(head[16..<16 + SHA256.byteCount]),
      check: Array(head[16 + SHA256.byteCount..<blockHeadBytes]))
  }

  /// Where the next block behind `place` begins.
  private static func nextBlock(in file: [UInt8], behind place: Int) -> Int? {
    var start = place + 1
    while let found = file[start...].firstIndex(of: frameMagic[0]) {
      let candidate = found - blockHeadBytes
      if candidate > place, file[found...].starts(with: frameMagic), let block = block(in: file, at: candidate),
        Compressor.expand(file[block.packed], count: block.bytes.count) != nil
      {
        return candidate
      }
      start = found + 1
    }
    return nil
  }

  /// Takes in a block; what is missing before it are zeros.
  private mutating func take(_ block: Block, _ file: [UInt8], after hash: inout [UInt8]) {
    guard block.bytes.lowerBound >= content.count, block.bytes.lowerBound - content.count <= file.count << 10 else {
      return note(.unreadable, "has a block that is in another's place: of bytes \(block.bytes.lowerBound) and on")
    }
    if block.bytes.lowerBound > content.count {
      content += [UInt8](repeating: 0, count: block.bytes.lowerBound - content.count)
    }
    blocks.append(block)
    if Self.check(file[block.packed]) != block.check {
      note(.changed, "block \(blocks.count), of bytes \(block.bytes.lowerBound) and on, is not what was written")
    }
    let place = content.count
    if let bytes = Compressor.expand(file[block.packed], count: block.bytes.count) {
      content += bytes
      fillHashes(from: place, after: hash, last: block.hash)
    } else {
      content += [UInt8](repeating: 0, count: block.bytes.count)
      // Where the scan looks for it, as what follows shows that nothing but these bytes is lost.
      if block.bytes.count >= RecordSegment.frameBytes { content.put(block.hash, at: place + 4) }
    }
    hash = block.hash
  }

  /// Puts the hashes into the frames from `place` on; where they don't lead to `last`, none of them is right.
  private mutating func fillHashes(from place: Int, after previous: [UInt8], last: [UInt8]) {
    var frames: [(place: Int, hash: [UInt8])] = []
    var (hash, start) = (previous, place)
    while let frame = RecordSegment.Frame(content, at: start) {
      hash = RecordSegment.hash(content[frame.payload], after: hash)
      frames.append((start, hash))
      start = frame.payload.upperBound
    }
    guard hash != last else {
      for frame in frames { content.put(frame.hash, at: frame.place + 4) }
      return
    }
    if let end = frames.last { content.put(last, at: end.place + 4) }
  }

  /// The hash of the last frame in the packed segment at `path`; nil when it has no block at its end. O(file).
  static func lastHash(of path: String) throws(StoreError) -> [UInt8]? {
    let file = try RecordFile.read(path)
    var (place, hash) = (headBytes, [UInt8]?.none)
    while place < file.count {
      guard let block = block(in: file, at: place) else { return nil }
      (place, hash) = (block.packed.upperBound, block.hash)
    }
    return hash
  }

  // MARK: Reading a part

  /// The bytes of one block of the file at `path`, with zeros in the place of hashes. O(block).
  static func read(_ block: (place: Int, bytes: Range<Int>), of path: String) throws(StoreError) -> [UInt8] {
    try readWithHash(block, of: path).bytes
  }

  /// The same, and the hash of its last frame. O(block).
  static func readWithHash(
    _ block: (place: Int, bytes: Range<Int>), of path: String
  ) throws(StoreError) -> (bytes: [UInt8], hash: [UInt8]) {
    let file = try RecordFile.Reader(path)
    let head = try file.read(blockHeadBytes, at: block.place)
    guard let found = self.block(head: head, at: block.place, fileBytes: file.length), found.bytes == block.bytes,
      let bytes = Compressor.expand(
        try file.read(found.packed.count, at: found.packed.lowerBound)[...], count: found.bytes.count)
    else { throw StoreError(.corrupt, "\(path) is damaged in its block at byte \(block.place)") }
    return (bytes, found.hash)
  }

  /// Where a block begins in the file.
  static func place(of block: Block) -> Int { block.packed.lowerBound - blockHeadBytes }
}

extension [UInt8] {
  fileprivate mutating func put(_ bytes: [UInt8], at place: Int) {
    for (offset, byte) in bytes.enumerated() { self[place + offset] = byte }
  }
}
