package import Core

/// A place in the chain of a log: the frames before it are verified.
package struct ChainPlace: Sendable, Equatable {
  fileprivate var segment: Int
  fileprivate var frame: Int
  /// The hash of the frame before; nil where nobody knows it.
  fileprivate var hash: [UInt8]?
}

extension ChainPlace {
  /// The beginning of a segment, which is believed what it follows.
  init(startOf segment: Int) {
    self.init(segment: segment, frame: 0)
  }

  /// Whether it is in this segment.
  func isIn(segment: Int) -> Bool { self.segment == segment }
}

/// A piece of a log's chain that was verified.
package struct ChainPiece: Sendable {
  /// Where the next one begins; nil at the end of the log.
  package var next: ChainPlace?
  /// The records in it, as they are kept.
  package var records: [[UInt8]] = []
  /// What isn't as it was written, for people.
  package var faults: [String] = []
}

extension FollowedLog {
  /// The numbers of the segments that are kept, in order. Waits for the disk. O(segments).
  func segments() throws(StoreError) -> [Int] {
    let last = try written().segment
    return try RecordFile.segments(in: directory).filter { $0 <= last }
  }

  /// What isn't as it was written at the beginning of the segment at `place`, of which nothing but what it follows is
  /// looked at; nothing when it isn't there or nobody knows what comes before. Waits for the disk. O(segments).
  func faults(at place: ChainPlace) throws(StoreError) -> [String] {
    guard place.frame == 0, let hash = place.hash, try segments().contains(place.segment) else { return [] }
    let known = try written()
    do throws(StoreError) {
      var frames = try FollowedFrames(
        RecordReader.Segment(folder: folder, number: place.segment), reader,
        known: place.segment == known.segment ? known.length : nil, step: RecordSegment.headBytes)
      if frames.length < RecordSegment.headBytes { return [] }
      return try frames.previousHash() == hash ? [] : [unlinked(place.segment)]
    } catch {
      // Who verifies that segment says so.
      if error.code != .corrupt { throw error }
      return []
    }
  }

  private func unlinked(_ segment: Int) -> String {
    "\(name): segment \(segment) does not follow the one before it"
  }

  /// Verifies about so many bytes of the chain from `place` on, of one segment; nil is the beginning of the log, whose
  /// first segment is believed what it follows. Waits for the disk. O(bytes); O(segment) where it is damaged.
  package func verify(from place: ChainPlace?, bytes: Int) throws(StoreError) -> ChainPiece {
    let (last, lastLength) = try written()
    let numbers = try RecordFile.segments(in: directory)
    var place = place ?? ChainPlace(segment: numbers.first ?? last, frame: 0)
    if !numbers.contains(place.segment), let next = numbers.first(where: { $0 > place.segment }) {
      // Pruned meanwhile.
      place = ChainPlace(segment: next, frame: 0)
    }
    var piece = ChainPiece()
    if place.segment > last || place.segment == last && place.frame >= lastLength { return piece }
    let segment = RecordReader.Segment(folder: folder, number: place.segment)
    let known = place.segment == last ? lastLength : nil
    do throws(StoreError) {
      var frames = try FollowedFrames(segment, reader, known: known, step: bytes)
      try verify(&frames, &place, bytes, &piece)
      if place.frame >= frames.length {
        if known != nil { return piece }
        place = ChainPlace(segment: place.segment + 1, frame: 0, hash: place.hash)
      }
      piece.next = place
    } catch {
      if error.code != .corrupt { throw error }
      piece.faults.append("\(name): \(error.message)")
      // The rest of the segment can't be held against anything; 'cascade replay --all' says more.
      if known == nil { piece.next = ChainPlace(segment: place.segment + 1, frame: 0) }
    }
    return piece
  }

  private func verify(
    _ frames: inout FollowedFrames, _ place: inout ChainPlace, _ bytes: Int, _ piece: inout ChainPiece
  ) throws(StoreError) {
    if frames.length < RecordSegment.headBytes {
      place.frame = frames.length
      return
    }
    if place.frame == 0 {
      let previous = try frames.previousHash()
      if let hash = place.hash, hash != previous {
        piece.faults.append(unlinked(place.segment))
      }
      (place.frame, place.hash) = (RecordSegment.headBytes, previous)
    }
    let start = place.frame
    while place.frame < frames.length, place.frame - start < bytes {
      let frame = try frames.frame(at: place.frame)
      var hash = place.hash.map { RecordSegment.hash(frame.payload, after: $0) }
      if let kept = frame.hash {
        if let hash, hash != kept {
          piece.faults.append(
            "\(name): segment \(place.segment) has a frame before byte \(frame.next) that is not what was written")
        }
        hash = kept
      }
      piece.records += frame.records.map { Array($0) }
      (place.frame, place.hash) = (frame.next, hash)
    }
  }
}
