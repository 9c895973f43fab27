internal import Core
internal import Decisions
internal import Glibc
internal import LuaRuntime
internal import NIOCore
internal import Rulebook

/// An NDJSON body on its way: one bare input a line in, one answer a line out, in the same order.
struct DecisionBatch {
  let isChunked: Bool
  /// Whether a whole line waits to be decided.
  private(set) var hasCompleteLine = false
  /// Whether a line has begun and isn't whole.
  var isWithinLine: Bool { lines.readableBytes > 0 || dropsLine }
  /// Lines that were answered.
  private(set) var answered = 0

  private let point: String
  /// Whether an operator asks.
  private let isByOperator: Bool
  private let correlation: Correlation?
  private let limits: DecisionPortLimits
  private var lines = ByteBuffer()
  /// Readable bytes that are known to hold no line feed.
  private var searched = 0
  /// The line that comes in is too long: it was answered, and its rest is dropped.
  private var dropsLine = false

  init(
    point: String, isByOperator: Bool, isChunked: Bool, correlation: Correlation? = nil, limits: DecisionPortLimits
  ) {
    self.point = point
    self.isByOperator = isByOperator
    self.isChunked = isChunked
    self.correlation = correlation
    self.limits = limits
  }

  mutating func append(_ bytes: ByteBuffer) {
    if lines.readableBytes == 0 { lines = bytes } else { lines.writeImmutableBuffer(bytes) }
    hasCompleteLine = true
  }

  /// Decides complete lines into `out`, each chunk holding those of one slice. True when the slice, or the
  /// room for unsent answers, was used up with lines left.
  mutating func decideLines(lane: Lane, isEnded: Bool, into out: inout ByteBuffer) -> Bool {
    // Each batch is one request, but not one generation: it may last longer than a reload. Every line names its own.
    guard let entry = lane.decision(named: point), !entry.hasEffects else {
      let message = "no plugin offers '\(point)' any more, or it has effects now"
      let failure = LuaFailure(code: .unknownDecision, message: message)
      return failRest(lane: lane, failure.json, counting: failure.code, isEnded: isEnded, into: &out)
    }
    if entry.needsOperator, !isByOperator {
      let failure = LuaFailure(code: .forbidden, message: "'\(point)' is for operators only now")
      return failRest(lane: lane, failure.json, counting: failure.code, isEnded: isEnded, into: &out)
    }
    var answers = ByteBufferAllocator().buffer(capacity: 4096)
    var budget = limits.batchSlice
    let most = limits.inputBytes(forOperators: entry.needsOperator)
    while budget > .zero, answers.readableBytes < limits.unsentBytes,
      let length = nextLine(isEnded: isEnded, most: most)
    {
      let nanoseconds = decideLine(length, most, entry, lane, into: &answers)
      // Parsing and printing cost about as much as a small decision.
      budget -= .nanoseconds(Int64(clamping: nanoseconds) + 200)
    }
    write(answers, into: &out)
    let mustYield = budget <= .zero || answers.readableBytes >= limits.unsentBytes
    if !mustYield { hasCompleteLine = false }
    lines.discardReadBytes()
    return mustYield
  }

  /// The length of the next line without its end; nil when none is complete, nor known to be over `most` bytes.
  private mutating func nextLine(isEnded: Bool, most: Int) -> Int? {
    while lines.readableBytes > 0 {
      let length: Int? = lines.withUnsafeReadableBytes { bytes in
        guard let base = bytes.baseAddress,
          let found = memchr(base + searched, 0x0A, bytes.count - searched)
        else { return nil }
        return UnsafeRawPointer(found) - base
      }
      searched = length == nil ? lines.readableBytes : 0
      if let length {
        if !dropsLine { return length }
        dropsLine = false
        lines.moveReaderIndex(forwardBy: length + 1)
        continue
      }
      if dropsLine {
        lines.clear()
        searched = 0
        return nil
      }
      // An overlong line is answered as soon as it is known to be one.
      guard isEnded || lines.readableBytes > most else { return nil }
      searched = 0
      return lines.readableBytes
    }
    return nil
  }

  /// Decides the next line and gives the nanoseconds it took.
  private mutating func decideLine(
    _ length: Int, _ most: Int, _ entry: LaneEntry, _ lane: Lane, into answers: inout ByteBuffer
  ) -> UInt64 {
    let isWhole = length < lines.readableBytes
    defer { lines.moveReaderIndex(forwardBy: isWhole ? length + 1 : length) }
    answered += 1
    if length > most {
      dropsLine = !isWhole
      let failure = LuaFailure(code: .invalidInput, message: "the line is over \(most) bytes")
      Self.write(failure.json, lane, into: &answers)
      return 0
    }
    return lines.withUnsafeReadableBytes { bytes in
      let input = UnsafeRawBufferPointer(rebasing: bytes[..<length])
      let made = lane.decideOnRecord(
        entry, input: input, isEnveloped: false, request: correlation?.id, trace: correlation?.trace)
      switch made.outcome.ending {
      case .result(let result): answers.writeLine(made, result)
      case .failure(let failure): answers.writeLine(made, failure.json)
      case .fetch:
        let failure = LuaFailure(code: .conflict, message: "the host does not hold what the rule asked")
        answers.writeLine(made, failure.json)
      }
      answers.writeInteger(UInt8(ascii: "\n"))
      return made.outcome.cost.nanoseconds
    }
  }

  /// Every line left fails with `error`, none of them decided: the decision went away with a reload, or can't be taken
  /// down. `code` is what the lane counts.
  mutating func failRest(
    lane: Lane, _ error: JSON, counting code: DecisionErrorCode? = nil, isEnded: Bool, into out: inout ByteBuffer
  ) -> Bool {
    var answers = ByteBuffer()
    while let length = nextLine(isEnded: isEnded, most: limits.inputBytes) {
      dropsLine = length == lines.readableBytes && !isEnded
      lines.moveReaderIndex(forwardBy: min(length + 1, lines.readableBytes))
      if let code { lane.countFailure(code) }
      Self.write(error, lane, into: &answers)
      answered += 1
    }
    hasCompleteLine = false
    write(answers, into: &out)
    return false
  }

  /// Answers for so many lines that they can't be recorded.
  static func fail(_ count: Int, lane: Lane, isChunked: Bool, into out: inout ByteBuffer) {
    var answers = ByteBuffer()
    for _ in 0..<count { write(DecisionConnection.notRecorded.lineError, lane, into: &answers) }
    write(answers, isChunked: isChunked, into: &out)
  }

  private static func write(_ error: JSON, _ lane: Lane, into answers: inout ByteBuffer) {
    answers.writeBytes(error.line(lane.nextIdentifier(), generation: lane.generation.number, isStale: lane.isStale))
    answers.writeInteger(UInt8(ascii: "\n"))
  }

  private func write(_ answers: ByteBuffer, into out: inout ByteBuffer) {
    Self.write(answers, isChunked: isChunked, into: &out)
  }

  private static func write(_ answers: ByteBuffer, isChunked: Bool, into out: inout ByteBuffer) {
    if answers.readableBytes == 0 { return }
    if isChunked { out.writeChunkHead(answers.readableBytes) }
    out.writeImmutableBuffer(answers)
    if isChunked { out.writeStaticString("\r\n") }
  }
}

extension ByteBuffer {
  /// A decision of a batch that has this result.
  fileprivate mutating func writeLine(_ made: LaneDecision, _ result: UnsafeRawBufferPointer) {
    writeResult(made.id, generation: made.generation, isStale: made.isStale, result: result)
  }

  /// A decision of a batch that failed with this error.
  fileprivate mutating func writeLine(_ made: LaneDecision, _ error: JSON) {
    writeBytes(error.line(made.id, generation: made.generation, isStale: made.isStale))
  }
}
