import Core
import Decisions
import Ledger
import Testing

/// Old records that go from where all hosts store them: an anchor in the ledger stands for each piece.
struct StoredPruningTests {
  private let ledger = MemoryLedgerStore(time: TimeSource(wall: { 0 }, boot: { 0 }))
  private let logs = MemoryDecisionLog()
  private static let start: Int64 = 1_700_000_000_000

  /// Appends records that were made at seconds of these numbers, each a turn of its own.
  private func append(_ numbers: Range<Int>, to log: String, with change: (inout LoggedRecord) -> Void = { _ in })
    async throws
  {
    for number in numbers {
      let before = try await logs.end(of: log)
      let id = Identifier(milliseconds: Self.start, random: (0, UInt64(number)))
      let record: JSON = [
        "id": .string(id.description), "point": "a.b", "generation": 1, "digest": "",
        "time": .integer(Self.start + Int64(number) * 1_000), "requester": "", "input": [:], "calls": [],
        "effects": [],
      ]
      var logged = LoggedRecord(sequence: before.sequence + 1, id: id, bytes: Array(record.text.utf8))
      var end = before
      end.sequence += 1
      end.position += 4_096
      end.hash = LoggedRecord.hash(ofFrame: [logged], after: before.hash)
      logged.hash = end.hash
      change(&logged)
      try await logs.append([logged], to: log, after: before, end: end)
    }
  }

  private func prune(_ logs: (any DecisionLog)? = nil, before number: Int, by requester: String = "carol") async throws
    -> PrunedRecords
  {
    try await StoredPruning(logs ?? self.logs, ledger: ledger, requester: requester).prune(
      before: Self.start + Int64(number) * 1_000)
  }

  @Test func `what is old goes from every log, and the ledger has the anchors of it`() async throws {
    try await append(0..<10, to: "one/0")
    try await append(5..<8, to: "two/effects")
    let pruned = try await prune(before: 6)
    #expect(pruned.anchors.map(\.log) == ["shared/one/0", "shared/two/effects"])
    #expect(pruned.anchors.map(\.last) == [6, 1] && pruned.records == 7)
    #expect(!pruned.isUnfinished && pruned.problems.isEmpty)
    for log in ["one/0", "two/effects"] {
      let anchors = try await logs.anchors(of: log, in: ledger)
      let verification = try await logs.verify(log, after: anchors.last)
      #expect(anchors.count == 1 && verification.fault == nil)
    }
    #expect(try await prune(before: 6) == PrunedRecords())
    #expect(try await prune(before: 99).records == 6)
    #expect(try await logs.page(before: nil, subject: nil, limit: 9).isEmpty)
    #expect(try await logs.anchors(of: "one/0", in: ledger).map(\.last) == [6, 10])
    #expect(try await ledger.verify(against: nil).problem == nil)
  }

  @Test func `what is anchored and still there after a crash goes the next time, under the same anchor`() async throws {
    try await append(0..<4, to: "one/0")
    await #expect(throws: StoreError.self) { try await prune(KeepingLog(store: logs), before: 3) }
    let anchors = try await logs.anchors(of: "one/0", in: ledger)
    #expect(anchors.map(\.last) == [3])
    #expect(try await logs.page(before: nil, subject: nil, limit: 9).count == 4)
    #expect(try await prune(before: 3) == PrunedRecords())
    #expect(try await logs.page(before: nil, subject: nil, limit: 9).count == 1)
    #expect(try await logs.anchors(of: "one/0", in: ledger) == anchors)
  }

  @Test func `of two hosts that prune a log at once the first one's anchor counts`() async throws {
    try await append(0..<8, to: "one/0")
    let other = try #require(try await logs.old("one/0", after: nil, before: Self.start + 2_000))
    // The other host has stated its own piece between this one's look and its statement.
    let racing = RacingLog(store: logs) {
      _ = try? await ledger.commit(Submission(other.statement(requester: "dave")))
    }
    let pruned = try await prune(racing, before: 5)
    #expect(pruned.anchors.map(\.last) == [2, 5])
    #expect(try await logs.anchors(of: "one/0", in: ledger).map(\.last) == [2, 5])
    let verification = try await logs.verify("one/0", after: pruned.anchors.last)
    #expect(verification.fault == nil && verification.records == 3)
  }

  @Test func `a damaged log stays and is named, and the others are pruned`() async throws {
    try await append(0..<3, to: "one/0") { $0.bytes[30] ^= 1 }
    try await append(0..<3, to: "two/0")
    let pruned = try await prune(before: 9)
    #expect(pruned.anchors.map(\.log) == ["shared/two/0"])
    #expect(pruned.problems.count == 1 && pruned.problems[0].contains("one/0: record 1"))
    #expect(try await logs.page(before: nil, subject: nil, limit: 9).count == 3)
  }
}

/// Removes nothing.
private struct KeepingLog: DecisionLog {
  let store: MemoryDecisionLog

  func remove(_ log: String, through sequence: Int64) async throws(StoreError) {
    throw StoreError(.io, "the connection is gone")
  }
}

/// Lets something happen behind the first look for what is old.
private final class RacingLog: DecisionLog {
  let store: MemoryDecisionLog
  private let meanwhile: @Sendable () async -> Void

  init(store: MemoryDecisionLog, meanwhile: @escaping @Sendable () async -> Void) {
    self.store = store
    self.meanwhile = meanwhile
  }

  func old(
    _ log: String, after anchor: RecordAnchor?, before milliseconds: Int64
  ) async throws(StoreError) -> RecordAnchor? {
    let found = try await store.old(log, after: anchor, before: milliseconds)
    if anchor == nil { await meanwhile() }
    return found
  }
}

private protocol WrappedLog: DecisionLog {
  var store: MemoryDecisionLog { get }
}

extension KeepingLog: WrappedLog {}
extension RacingLog: WrappedLog {}

extension WrappedLog {
  func append(
    _ records: [LoggedRecord], to log: String, after before: LogEnd, end: LogEnd
  ) async throws(StoreError) { try await store.append(records, to: log, after: before, end: end) }
  func end(of log: String) async throws(StoreError) -> LogEnd { try await store.end(of: log) }
  func logs() async throws(StoreError) -> [String] { try await store.logs() }
  func entry(_ id: Identifier) async throws(StoreError) -> [UInt8]? { try await store.entry(id) }
  func page(
    before id: Identifier?, subject: UInt32?, limit: Int
  ) async throws(StoreError) -> [LoggedRecord] { try await store.page(before: id, subject: subject, limit: limit) }
  func hash(of log: String, at sequence: Int64) async throws(StoreError) -> [UInt8]? {
    try await store.hash(of: log, at: sequence)
  }
  func verify(_ log: String, after anchor: RecordAnchor?) async throws(StoreError) -> LogVerification {
    try await store.verify(log, after: anchor)
  }
  func old(
    _ log: String, after anchor: RecordAnchor?, before milliseconds: Int64
  ) async throws(StoreError) -> RecordAnchor? { try await store.old(log, after: anchor, before: milliseconds) }
  func remove(_ log: String, through sequence: Int64) async throws(StoreError) {
    try await store.remove(log, through: sequence)
  }
}
