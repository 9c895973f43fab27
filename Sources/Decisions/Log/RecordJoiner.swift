internal import Core
internal import LuaRuntime
internal import Rulebook

/// What a record is joined from: the bytes as they came, and what the lane knows.
struct RecordParts {
  var made: LaneDecision
  var entry: LaneEntry
  var digest: String
  var input: UnsafeRawBufferPointer
  var isEnveloped: Bool
  var requester: String
  var request: RequestID?
  var trace: TraceContext?
  var calls: [(call: Int, arguments: [UInt8], answer: HostAnswer)]
}

/// Joins records, in the form of ``RecordedDecision/json``, from the bytes of what was asked and answered: nothing is
/// parsed but what isn't plain, and the part that is the same for all of one decision is printed once.
struct RecordJoiner {
  private var plain = PlainJSON()
  /// What stands between id and time, by the decision's number, for one generation.
  private var middles: [[UInt8]] = []
  private var generation = -1
  private var isStale = false
  private var requester: (text: String, bytes: [UInt8]) = ("", Array(#""""#.utf8))

  /// Adds the record to `frames`. O(bytes).
  mutating func join(_ parts: RecordParts, into frames: inout RecordFrames) {
    let input = JoinedInput(parts, &plain)
    let middle = middle(parts)
    if !parts.requester.isSame(as: requester.text) {
      requester = (parts.requester, JSON.string(parts.requester).bytes)
    }
    let marks = Self.marks(parts)
    let calls = parts.calls.compactMap { JoinedCall($0, &plain) }
    var failure: [UInt8] = []
    if let failed = Self.failure(of: parts.made.outcome) { failure = failed.json.bytes }
    let most =
      Self.fixedBytes + marks.count + middle.count + requester.bytes.count + input.count + failure.count
      + calls.reduce(0) { $0 + $1.count } + parts.made.outcome.resultCount
    frames.append(parts.made.id, subject: input.subjectHash, atMost: most) { out in
      out.append(#"{"id":""#)
      out.append(parts.made.id)
      out.append(middle)
      out.append(decimal: parts.made.id.milliseconds)
      out.append(#","requester":"#)
      out.append(requester.bytes)
      input.print(&out, marks)
      if let now = parts.made.outcome.nowMilliseconds {
        out.append(#","now":"#)
        out.append(decimal: now)
      }
      Self.print(calls, &out)
      if case .result(let bytes) = parts.made.outcome.ending {
        out.append(#","result":"#)
        out.append(bytes)
      }
      if !failure.isEmpty {
        out.append(#","error":"#)
        out.append(failure)
      }
      out.append(#","effects":[],"fuel":"#)
      out.append(decimal: Int64(clamping: parts.made.outcome.cost.fuel))
      out.append(#","nanoseconds":"#)
      out.append(decimal: Int64(clamping: parts.made.outcome.cost.nanoseconds))
      out.append("}")
    }
  }

  /// More than the names of members and the numbers take, beside what is counted.
  private static let fixedBytes = 512

  private static func failure(of outcome: Outcome) -> LuaFailure? {
    switch outcome.ending {
    case .result: nil
    case .failure(let failure): failure
    case .fetch: .notHeld()
    }
  }

  /// The members of trace and request, which need no escapes; mostly none.
  private static func marks(_ parts: RecordParts) -> [UInt8] {
    var marks: [UInt8] = []
    if let trace = parts.trace { marks += Array(#","trace":"\#(trace)""#.utf8) }
    if let request = parts.request { marks += Array(#","request":"\#(request)""#.utf8) }
    return marks
  }

  private mutating func middle(_ parts: RecordParts) -> [UInt8] {
    let number = parts.entry.number
    if generation != parts.made.generation || isStale != parts.made.isStale || middles.count > 10_000 {
      (middles, generation, isStale) = ([], parts.made.generation, parts.made.isStale)
    }
    // An entry of another generation says so, and is another decision here.
    let isCurrent = parts.entry.generation == generation
    if isCurrent, middles.indices.contains(number), !middles[number].isEmpty { return middles[number] }
    var middle = Array(#"","point":"#.utf8)
    JSON.string(parts.entry.name).print(into: &middle)
    middle += Array(#","generation":\#(generation)\#(isStale ? #","stale":true"# : ""),"digest":"#.utf8)
    JSON.string(parts.digest).print(into: &middle)
    middle += Array(#","vm":"\#(VirtualMachine.format)","time":"#.utf8)
    if isCurrent {
      while middles.count <= number { middles.append([]) }
      middles[number] = middle
    }
    return middle
  }

  private static func print(_ calls: [JoinedCall], _ out: inout RecordText) {
    out.append(#","calls":["#)
    for (index, call) in calls.enumerated() {
      if index > 0 { out.append(",") }
      call.print(&out)
    }
    out.append("]")
    if let snapshot = calls.lazy.compactMap(\.snapshot).first {
      out.append(#","snapshot":"#)
      out.append(decimal: snapshot)
    }
  }
}

extension Outcome {
  fileprivate var resultCount: Int { if case .result(let bytes) = ending { bytes.count } else { 0 } }
}

/// A host call of a record.
private struct JoinedCall {
  private let name: [UInt8]
  private let arguments: [UInt8]
  /// The answer as JSON; nil when the call failed.
  private var answer: [UInt8]?
  private var failure: [UInt8] = []
  /// The version of the graph's snapshot that the answer names.
  private(set) var snapshot: Int64?

  /// Nil for a call that must be fetched: it ends a run.
  init?(_ call: (call: Int, arguments: [UInt8], answer: HostAnswer), _ plain: inout PlainJSON) {
    let name = HostCallName(number: call.call)?.rawValue ?? "?"
    self.name = Array(name.utf8)
    let isPlain = call.arguments.withUnsafeBytes { plain.recognise($0) }
    arguments = isPlain ? call.arguments : RecordedCall.kept(call.arguments).bytes
    switch call.answer {
    case .fetch: return nil
    case .failure(let code, let message):
      failure = (["code": .string(code.rawValue), "message": .string(message)] as JSON).bytes
    case .value(let value):
      if value.withUnsafeBytes({ plain.recognise($0) }) {
        answer = value
        if name.begins(with: "graph.") { snapshot = Self.snapshot(in: value, plain) }
      } else {
        let json = (try? JSON(parsing: value, limits: RecordLimits.parsing)) ?? .null
        answer = json.bytes
        if name.begins(with: "graph.") { snapshot = json["snapshot"]?.integer }
      }
    }
  }

  private static func snapshot(in answer: [UInt8], _ plain: PlainJSON) -> Int64? {
    answer.withUnsafeBytes { bytes in
      let member = plain.members.first { PlainJSON.isNamed($0, snapshotName, in: bytes) }
      return member.flatMap { Int64(String(decoding: bytes[$0.value], as: UTF8.self)) }
    }
  }

  private static let snapshotName = Array("snapshot".utf8)

  /// At most so many bytes.
  var count: Int { 64 + name.count + arguments.count + (answer?.count ?? 0) + failure.count }

  func print(_ out: inout RecordText) {
    out.append(#"{"call":""#)
    out.append(name)
    out.append(#"","arguments":"#)
    out.append(arguments)
    if let answer {
      out.append(#","answer":"#)
      out.append(answer)
    } else {
      out.append(#","error":"#)
      out.append(failure)
    }
    out.append("}")
  }
}

/// The input of a record, with the subject that it names.
private struct JoinedInput {
  private enum Text {
    /// In the bytes that came.
    case plain(UnsafeRawBufferPointer)
    case printed([UInt8], RecordedDecision.Unread?)
  }

  private var input: Text
  /// The subject as JSON.
  private var subject: Text?
  /// See ``RecordSubject/hash(_:)``; 0 when there is none.
  private(set) var subjectHash: UInt32 = 0

  private static let envelope = Array("input".utf8)

  init(_ parts: RecordParts, _ plain: inout PlainJSON) {
    guard plain.recognise(parts.input), let value = Self.value(parts, plain) else {
      input = .printed([], nil)
      read(parts)
      return
    }
    input = .plain(UnsafeRawBufferPointer(rebasing: parts.input[value]))
    let members = parts.isEnveloped ? plain.innerMembers : plain.members
    guard let member = members.first(where: { PlainJSON.isNamed($0, parts.entry.subject, in: parts.input) }),
      parts.input[member.value.lowerBound] == UInt8(ascii: "\""), member.value.count <= RecordLimits.subjectBytes + 2
    else { return }
    let text = UnsafeRawBufferPointer(rebasing: parts.input[member.value])
    let inner = text[1..<text.count - 1]
    if inner.contains(UInt8(ascii: "\\")) {
      take((try? JSON(parsing: text, limits: RecordLimits.parsing))?.string)
    } else {
      (subject, subjectHash) = (.plain(text), RecordSubject.hash(inner))
    }
  }

  private static func value(_ parts: RecordParts, _ plain: PlainJSON) -> Range<Int>? {
    if !parts.isEnveloped { return plain.value }
    guard plain.members.count == 1, PlainJSON.isNamed(plain.members[0], envelope, in: parts.input) else { return nil }
    return plain.members[0].value
  }

  /// What holds no input, as what was sent for a refused decision may, is kept as text.
  private mutating func read(_ parts: RecordParts) {
    var value = try? JSON(parsing: parts.input, limits: RecordLimits.parsing)
    if parts.isEnveloped { value = value?.object?.members.count == 1 ? value?["input"] : nil }
    if let value {
      input = .printed(value.bytes, nil)
      return take(value[String(decoding: parts.entry.subject, as: UTF8.self)]?.string)
    }
    let text = JSON.string(String(decoding: parts.input, as: UTF8.self)).bytes
    input = .printed(text, parts.isEnveloped ? .body : .line)
  }

  private mutating func take(_ text: String?) {
    guard let text, text.utf8.count <= RecordLimits.subjectBytes else { return }
    (subject, subjectHash) = (.printed(JSON.string(text).bytes, nil), RecordSubject.hash(text.utf8))
  }

  /// At most so many bytes.
  var count: Int { Self.count(input) + (subject.map(Self.count) ?? 0) }

  private static func count(_ text: Text) -> Int {
    switch text {
    case .plain(let bytes): bytes.count
    case .printed(let bytes, _): bytes.count
    }
  }

  /// Writes the members of the subject and the input, and `marks` between them.
  func print(_ out: inout RecordText, _ marks: [UInt8]) {
    if let subject {
      out.append(#","subject":"#)
      Self.print(subject, &out)
    }
    out.append(marks)
    out.append(#","input":"#)
    Self.print(input, &out)
    if case .printed(_, let unread?) = input {
      out.append(unread == .body ? #","unread":"body""# : #","unread":"line""#)
    }
  }

  private static func print(_ text: Text, _ out: inout RecordText) {
    switch text {
    case .plain(let bytes): out.append(bytes)
    case .printed(let bytes, _): out.append(bytes)
    }
  }
}
