internal import Core

/// The frames of one segment, from the file it was written to or from the packed one, many bytes at once.
struct FollowedFrames {
  /// Bytes of the segment that may be read.
  let length: Int
  private let segment: RecordReader.Segment
  private let source: Source
  private let step: Int
  /// Bytes of the segment, and where they begin.
  private var start = 0
  private var content: [UInt8] = []
  /// The hash of the last frame in them, where the frames themselves have none.
  private var lastHash: [UInt8]?

  /// A frame with its records.
  struct Frame {
    var records: [ArraySlice<UInt8>]
    var payload: ArraySlice<UInt8>
    /// The hash it is kept with; nil for one that a packed segment keeps without.
    var hash: [UInt8]?
    /// Where the next one begins.
    var next: Int
  }

  private enum Source {
    case file(RecordFile.Reader)
    case packed(PackedIndex)
    /// The whole of one that can be read in no other way.
    case content([UInt8])
  }

  /// Of a segment that is being written, `known` bytes are there.
  init(
    _ segment: RecordReader.Segment, _ reader: RecordReader, known: Int?, step: Int
  ) throws(StoreError) {
    self.segment = segment
    self.step = step
    let directory = reader.folder(segment.folder)
    // One that is packed this moment may be either.
    if let file = try? RecordFile.Reader(RecordFile.path(directory, segment.number)) {
      source = .file(file)
      length = min(known ?? file.length, file.length)
    } else if case .packed(let index) = try reader.index(of: segment), let last = index.blocks.last {
      source = .packed(index)
      length = last.bytes.upperBound
    } else {
      let bytes = try SegmentContent.read(directory, segment.number, segment.form)?.bytes ?? []
      source = .content(bytes)
      length = bytes.count
    }
  }

  /// The hash that the first frame follows.
  mutating func previousHash() throws(StoreError) -> [UInt8] {
    if case .packed(let index) = source { return try index.previousHash() }
    return Array(try bytes(RecordSegment.headBytes, at: 0).dropFirst(segment.form.magic.count))
  }

  /// The frame at `place`. Throws `corrupt` where there is none.
  mutating func frame(at place: Int) throws(StoreError) -> Frame {
    let head = try bytes(RecordSegment.frameBytes, at: place)
    let count = RecordSegment.length(head)
    let start = place + RecordSegment.frameBytes
    let payload = try bytes(count, at: start)
    var records: [ArraySlice<UInt8>] = []
    var rest = payload
    while !rest.isEmpty {
      if segment.form == .turns {
        let count = RecordSegment.length(rest)
        guard count > 0, count <= rest.count - 4 else { throw damage(place) }
        records.append(rest.dropFirst(4).prefix(count))
        rest = rest.dropFirst(4 + count)
      } else {
        records.append(rest)
        rest = []
      }
      guard let record = records.last, record.starts(with: RecordSegment.beginning), record.last == UInt8(ascii: "}")
      else { throw damage(place) }
    }
    if records.isEmpty { throw damage(place) }
    let next = start + count
    if case .packed = source {
      let isLast = next == self.start + content.count
      return Frame(records: records, payload: payload, hash: isLast ? lastHash : nil, next: next)
    }
    return Frame(records: records, payload: payload, hash: Array(head.dropFirst(4)), next: next)
  }

  private mutating func bytes(_ count: Int, at place: Int) throws(StoreError) -> ArraySlice<UInt8> {
    guard count <= RecordLimits.parsing.bytes, place + count <= length else { throw damage(place) }
    if place < start || place + count > start + content.count { try fill(count, at: place) }
    guard place >= start, place + count <= start + content.count else { throw damage(place) }
    return content[(place - start)..<(place - start + count)]
  }

  private mutating func fill(_ count: Int, at place: Int) throws(StoreError) {
    switch source {
    case .file(let file): (start, content) = (place, try file.read(min(max(step, count), length - place), at: place))
    case .packed(let index): (start, content, lastHash) = try index.frames(at: place)
    case .content(let bytes): (start, content) = (0, bytes)
    }
  }

  private func damage(_ place: Int) -> StoreError {
    StoreError(.corrupt, "segment \(segment.number) can't be read at byte \(place)")
  }
}
