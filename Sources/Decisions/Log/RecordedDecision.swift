package import Core
internal import LuaRuntime

/// Everything that is kept of a decision: what was asked, by what it was decided, what came out and at what cost.
package struct RecordedDecision: Sendable, Equatable {
  /// The decision's id; for one with effects its idempotency key.
  package var id: Identifier
  /// The decision's name: `treasury.redistribute`
  package var point: String
  /// The number of the generation that decided.
  package var generation: Int
  /// Whether the host didn't know by then what decides on the others.
  package var isStale = false
  /// The rulebook it decided by: `sha256:…`
  package var digest: String
  /// The format of the machine that ran it, ``VirtualMachine/format``; what earlier hosts kept names none.
  package var format = VirtualMachine.format
  /// The bare input; when ``unread`` says so, the text of what was sent in its place.
  package var input: JSON
  /// What was sent when it held no input.
  package var unread: Unread?
  /// The bytes that were sent: the input, or what held none.
  var sent: [UInt8] { unread == nil ? input.bytes : Array((input.string ?? "").utf8) }
  /// Its host calls in order.
  package var calls: [RecordedCall] = []
  /// What the rule answered; nil when the rule failed.
  package var result: JSON?
  /// Why the decision failed: the rule did, or the ledger refused what it intended.
  package var failure: LuaFailure?
  /// The ids of the transfers that were committed.
  package var effects: [Identifier] = []
  /// What the run cost in deterministic units.
  package var fuel: UInt64 = 0
  /// Wall time of the run.
  package var nanoseconds: UInt64 = 0
  /// The clock as the rule saw it, milliseconds since 1970; nil when it never looked.
  package var nowMilliseconds: Int64?
  /// When it was made, milliseconds since 1970.
  package var timeMilliseconds: Int64 = 0
  /// Who asked; empty when nobody said.
  package var requester = ""
  /// Whom the decision is about; nil when it doesn't say, or the record is older than that.
  package var subject: String?
  /// The trace that the question was part of; nil when of none.
  package var trace: TraceContext?
  /// The id of the request that asked; nil when none did, or it had none.
  package var request: RequestID?
  /// The result in the bytes in which it is kept; nil for a record that wasn't read.
  private(set) var printedResult: [UInt8]?

  /// Something sent that holds no input.
  package enum Unread: String, Sendable, CaseIterable {
    /// A whole body, where `{"input":…}` was due.
    case body
    /// A line of a batch, where a bare input was due.
    case line
  }

  /// A record of a decision that has not run yet.
  package init(id: Identifier, point: String, generation: Int, digest: String, input: JSON) {
    self.id = id
    self.point = point
    self.generation = generation
    self.digest = digest
    self.input = input
  }

  /// The version of the graph's snapshot the decision was pinned to; nil when it never looked at the graph.
  package var snapshot: Int64? { calls.lazy.compactMap(\.snapshot).first }

  /// The record as it is kept and shown. O(size).
  package var json: JSON {
    var object = membersBeforeResult
    if let result { object.append("result", result) }
    for member in membersAfterResult.members { object.append(member.name, member.value) }
    return .object(object)
  }

  private var membersBeforeResult: JSON.Object {
    var object = JSON.Object()
    object.append("id", .string(id.description))
    object.append("point", .string(point))
    object.append("generation", .integer(Int64(generation)))
    if isStale { object.append("stale", true) }
    object.append("digest", .string(digest))
    if format != Self.firstFormat { object.append("vm", .string(format)) }
    object.append("time", .integer(timeMilliseconds))
    object.append("requester", .string(requester))
    if let subject { object.append("subject", .string(subject)) }
    if let trace { object.append("trace", .string(trace.description)) }
    if let request { object.append("request", .string(request.description)) }
    object.append("input", input)
    object["unread"] = unread.map { .string($0.rawValue) }
    if let nowMilliseconds { object.append("now", .integer(nowMilliseconds)) }
    object.append("calls", .array(calls.map(\.json)))
    if let snapshot { object.append("snapshot", .integer(snapshot)) }
    return object
  }

  private var membersAfterResult: JSON.Object {
    var object = JSON.Object()
    if let failure { object.append("error", failure.json) }
    object.append("effects", .array(effects.map { .string($0.description) }))
    object.append("fuel", .integer(Int64(clamping: fuel)))
    object.append("nanoseconds", .integer(Int64(clamping: nanoseconds)))
    return object
  }

  /// The bytes of ``json``, with a result that was printed already. O(size).
  func bytes(printed result: [UInt8]?) -> [UInt8] {
    guard let result else { return json.bytes }
    var bytes: [UInt8] = []
    JSON.object(membersBeforeResult).print(into: &bytes)
    bytes.removeLast()
    bytes.append(UInt8(ascii: ","))
    bytes += Self.resultMember
    bytes += result
    bytes.append(UInt8(ascii: ","))
    bytes += JSON.object(membersAfterResult).bytes.dropFirst()
    return bytes
  }

  /// The format of records that name none.
  package static let firstFormat = "5.4-0"

  private static let resultMember = Array(#""result":"#.utf8)

  /// The result as it is printed in the bytes of a record; nil when there is none. O(size).
  private static func printedResult(in bytes: [UInt8]) -> [UInt8]? {
    var result: [UInt8]?
    JSON.forEachPart(in: bytes) { part in
      guard bytes[part].starts(with: resultMember) else { return true }
      // The last member is none of a record's own making.
      if bytes[part.upperBound] == UInt8(ascii: ",") { result = Array(bytes[part].dropFirst(resultMember.count)) }
      return false
    }
    return result
  }

  /// Reads ``json`` back; nil when it isn't that. O(size).
  package init?(json: JSON) {
    guard let id = json["id"]?.string.flatMap({ Identifier($0) }), let point = json["point"]?.string,
      let generation = json["generation"]?.integer, let digest = json["digest"]?.string, let input = json["input"],
      let calls = json["calls"]?.array, let effects = json["effects"]?.array
    else { return nil }
    self.init(id: id, point: point, generation: Int(generation), digest: digest, input: input)
    self.calls = calls.compactMap(RecordedCall.init(json:))
    self.effects = effects.compactMap { $0.string.flatMap { Identifier($0) } }
    if self.calls.count != calls.count || self.effects.count != effects.count { return nil }
    format = json["vm"]?.string ?? Self.firstFormat
    isStale = json["stale"]?.bool ?? false
    unread = json["unread"]?.string.flatMap(Unread.init(rawValue:))
    result = json["result"]
    failure = json["error"].flatMap(LuaFailure.init(json:))
    fuel = UInt64(clamping: json["fuel"]?.integer ?? 0)
    nanoseconds = UInt64(clamping: json["nanoseconds"]?.integer ?? 0)
    nowMilliseconds = json["now"]?.integer
    timeMilliseconds = json["time"]?.integer ?? 0
    requester = json["requester"]?.string ?? ""
    subject = json["subject"]?.string
    trace = json["trace"]?.string.flatMap { TraceContext(traceparent: $0) }
    request = json["request"]?.string.flatMap { RequestID($0) }
  }

  /// Reads the bytes of ``json``; nil when they aren't that. O(size).
  package init?(bytes: [UInt8]) {
    guard let json = try? JSON(parsing: bytes, limits: RecordLimits.parsing) else { return nil }
    self.init(json: json)
    printedResult = Self.printedResult(in: bytes)
  }

  /// What the one who asked is told: `{"decision_id","generation","result"}`, the result printed already. O(size).
  func answer(_ result: [UInt8]) -> [UInt8] {
    Array(#"{"decision_id":"\#(id)","generation":\#(generation),"result":"#.utf8) + result + [UInt8(ascii: "}")]
  }
}

extension LuaFailure {
  /// The reason of a decision that asked for what the host doesn't hold.
  package static let notHeldReason = "not_held"

  /// The failure of a decision that asked for what the host doesn't hold.
  package static func notHeld(_ message: String = "the host does not hold what the rule asked") -> LuaFailure {
    LuaFailure(code: .runtime, message: message, reason: notHeldReason)
  }

  /// The reason of a decision that made more host calls than its record may hold.
  package static let hostCallsReason = "host_calls"

  /// The failure of a run that was ended for its host calls: its memory is used up, and the reason says by what.
  package var ofHostCalls: LuaFailure {
    guard code == .memoryExhausted else { return self }
    var failure = self
    failure.message += " by host calls, which the record of a decision must hold"
    failure.reason = Self.hostCallsReason
    return failure
  }

  /// The reason of a decision whose record would be too large.
  package static let recordTooLargeReason = "record_too_large"

  /// The failure of a decision whose record would have over `limit` bytes.
  package static func recordTooLarge(_ limit: Int) -> LuaFailure {
    LuaFailure(
      code: .memoryExhausted,
      message: "input, host calls and result of one decision may have \(limit) bytes in its record",
      reason: recordTooLargeReason)
  }

  /// Reads ``json`` back; nil when it isn't that.
  package init?(json: JSON) {
    guard let code = json["code"]?.string.flatMap(DecisionErrorCode.init(rawValue:)),
      let message = json["message"]?.string
    else { return nil }
    self.init(
      code: code, message: message, reason: json["reason"]?.string, file: json["file"]?.string,
      line: json["line"]?.integer.map { Int($0) }, traceback: (json["traceback"]?.array ?? []).compactMap(\.string))
  }
}
