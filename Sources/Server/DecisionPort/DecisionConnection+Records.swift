internal import Core
internal import Decisions
internal import NIOCore

/// An answer that stands in the bytes to be sent, of decisions whose records the system doesn't have yet.
struct Unrecorded {
  /// The kind of request that is answered.
  enum Kind {
    /// A request for one decision.
    case single(keepsAlive: Bool, marks: String)
    /// So many lines of a batch.
    case lines(Int, isChunked: Bool)
  }

  var kind: Kind
  /// Where the response is in the buffer.
  var bytes: Range<Int>
}

/// No decision is told before the system has its record: what a connection answers in a turn of the loop leaves at the
/// end of the turn, when the records of all connections were written at once. When they can't be, who asked is told to
/// come back, and so is who asks for decisions in the moment after.
extension DecisionConnection: RecordWaiter {
  /// The answer in place of one that can't be recorded.
  static let notRecorded = ProblemDocument(.unavailable, LaneRecorder.problem, headers: [("retry-after", "1")])

  /// What is told whoever asks a host that doesn't know any more what is in force.
  static let noLease = ProblemDocument(.unavailable, FleetMember.noLease, headers: [("retry-after", "1")])

  /// Whether decisions can be recorded now, as far as one knows.
  var canRecord: Bool { lane.recorder?.mayGoOn ?? true }

  func recordsAreKept(_ areKept: Bool) {
    awaitsRecords = false
    if !areKept { refuseUnrecorded() }
    guard let context, out.readableBytes > 0 else { return }
    if case .closing = state { return }
    send(context)
  }

  /// What was written to `out` since it had `start` bytes answers decisions that are recorded at the end of the turn.
  func note(_ kind: Unrecorded.Kind, since start: Int) {
    if lane.recorder?.isPending == true { unrecorded.append(Unrecorded(kind: kind, bytes: start..<out.writerIndex)) }
  }

  /// Replaces the answers that can't be recorded with refusals.
  func refuseUnrecorded() {
    if unrecorded.isEmpty { return }
    var told = ByteBufferAllocator().buffer(capacity: out.readableBytes)
    var place = out.readerIndex
    for answer in unrecorded {
      told.writeImmutableSlice(of: out, place..<answer.bytes.lowerBound)
      switch answer.kind {
      case .single(let keepsAlive, let marks):
        told.writeProblem(Self.notRecorded, date: date.value(), marks: marks, keepsAlive: keepsAlive)
      case .lines(let count, let isChunked): DecisionBatch.fail(count, lane: lane, isChunked: isChunked, into: &told)
      }
      place = answer.bytes.upperBound
    }
    told.writeImmutableSlice(of: out, place..<out.writerIndex)
    out = told
    unrecorded.removeAll()
  }
}

extension ByteBuffer {
  /// Appends the bytes of another buffer in this range.
  fileprivate mutating func writeImmutableSlice(of other: ByteBuffer, _ range: Range<Int>) {
    guard let slice = other.getSlice(at: range.lowerBound, length: range.count) else { return }
    writeImmutableBuffer(slice)
  }
}
