import Core
@testable import Decisions
import Foundation
import Ledger
import Testing

/// Old segments that were removed: the chain is followed over the hole, by the anchors in the ledger and by nothing
/// else.
struct RecordsPruningTests {
  private static let start: Int64 = 1_700_000_000_000

  /// A log of segments of a few records each, and a ledger.
  private final class Setting {
    let directory = "/tmp/cascade-pruning-\(UUID().uuidString)"
    let ledger = MemoryLedgerStore(time: TimeSource(wall: { 0 }, boot: { 0 }))
    var limits = RecordLimits()

    init() { limits.segmentBytes = 1_000 }
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var folder: String { directory + "/effects" }
    var reader: RecordReader { RecordReader(directory: directory) }
    var log: RecordLog {
      get async throws {
        try RecordLog(directory: directory, anchors: try await reader.anchors(in: ledger), limits: limits)
      }
    }
    var anchors: RecordAnchors { get async throws { try await reader.anchors(in: ledger) } }
    var numbers: [Int] { get throws { try RecordFile.segments(in: folder) } }

    /// The record that is made at a second of this number.
    static func record(_ number: Int) -> RecordedDecision {
      let time = RecordsPruningTests.start + Int64(number) * 1_000
      // Its id says nothing of when it was made.
      let id = Identifier(milliseconds: 1_900_000_000_000 - Int64(number), random: (0, UInt64(number)))
      var record = RecordedDecision(
        id: id, point: "a.b", generation: 1, digest: "sha256:0", input: ["n": .integer(Int64(number))])
      record.result = .string(String(repeating: "x", count: 300))
      record.timeMilliseconds = time
      return record
    }

    /// Appends the records of these numbers; where the log ends then.
    @discardableResult
    func append(_ numbers: Range<Int>) async throws -> RecordHead {
      let log = try await log
      for number in numbers { #expect(await log.append(Self.record(number))) }
      let head = try #require(try await log.heads().first { $0.log == "local/effects" })
      await log.close()
      return head
    }

    /// Prunes as a command without a host does.
    func prune(before number: Int) async throws -> PrunedRecords {
      try await RecordPruning(directory: directory, ledger: ledger, requester: "local:1").prune(
        before: RecordsPruningTests.start + Int64(number) * 1_000)
    }

    func verify(_ heads: [RecordHead] = []) async throws -> RecordVerification {
      try reader.verify(against: heads, anchors: try await anchors)
    }
  }

  @Test func `full segments whose records are all older go, and the chain is followed over the hole`() async throws {
    let setting = Setting()
    let head = try await setting.append(0..<40)
    let all = try setting.numbers
    #expect(all.count > 6)
    let pruned = try await setting.prune(before: 20)
    #expect(pruned.problems.isEmpty && !pruned.isUnfinished)
    #expect(pruned.records > 10 && pruned.records <= 20)
    #expect(try setting.numbers == Array(all.dropFirst(pruned.anchors.count)))
    // Every record that is old enough and went is gone, every other is there.
    for number in 0..<40 {
      let kept = try setting.reader.record(Setting.record(number).id)
      #expect((kept == nil) == (number < Int(pruned.records)))
    }
    let found = try await setting.verify([head])
    #expect(found == RecordVerification(records: 40 - Int(pruned.records)))
    // Without the anchors the hole is one.
    #expect(try setting.reader.verify().problem?.contains("000000000001.records is missing") == true)
    let again = try await setting.prune(before: 20)
    #expect(again.anchors.isEmpty)
  }

  @Test func `anchors say which records went and between which hashes, one for each segment, in a chain`() async throws
  {
    let setting = Setting()
    try await setting.append(0..<40)
    let pruned = try await setting.prune(before: 30)
    var (place, hash) = (Int64(0), [UInt8](repeating: 0, count: 32))
    for anchor in pruned.anchors {
      #expect(anchor.log == "local/effects")
      #expect(anchor.first == place + 1 && anchor.count == anchor.last - place)
      #expect(anchor.before == hash)
      (place, hash) = (anchor.last, anchor.after)
      let entry = try #require(await setting.ledger.entry(RecordAnchor.id(of: anchor.log, first: anchor.first))?.entry)
      #expect(entry.kind == .anchor)
      #expect(entry.kind.rawValue == 9)
      #expect(entry.metadata["_requester"] == "local:1")
      #expect(RecordAnchor(entry) == anchor)
    }
    #expect(try await setting.anchors["local/effects"] == pruned.anchors)
    let problem = try await setting.ledger.verify(against: nil).problem
    #expect(problem == nil)
  }

  @Test func `a host goes on with a pruned log as with a whole one, and prunes while it is written`() async throws {
    let (setting, whole) = (Setting(), Setting())
    try await setting.append(0..<30)
    try await whole.append(0..<30)
    _ = try await setting.prune(before: 12)
    let log = try await setting.log
    #expect(log.count == 30)
    for number in 30..<50 { #expect(await log.append(Setting.record(number))) }
    let pruned = try await log.prune(
      before: Self.start + 25_000, in: setting.ledger, requester: "operator:a")
    #expect(pruned.records > 0)
    for number in 50..<60 { #expect(await log.append(Setting.record(number))) }
    let heads = try await log.heads()
    await log.close()
    #expect(heads == [try await whole.append(30..<60)])
    #expect(try await setting.verify(heads).damage == [])
    #expect(try await setting.append(60..<60).count == 60)
  }

  @Test func `the last segment with anything in it stays, however old it is`() async throws {
    let setting = Setting()
    let head = try await setting.append(0..<20)
    _ = try await setting.prune(before: 1_000_000)
    #expect(try setting.numbers.count == 1)
    #expect(try await setting.append(20..<20) == head)
    #expect(try await setting.append(20..<25).count == 25)
    #expect(try await setting.verify().damage == [])
  }

  @Test func `a crash between the anchor and the removal is made up for, by a host and by the next pruning`()
    async throws
  {
    for byHost in [true, false] {
      let setting = Setting()
      let head = try await setting.append(0..<30)
      let first = try #require(try setting.numbers.first)
      let step = try SegmentPruning.next(
        in: setting.folder, of: "local/effects", [], before: .max, written: first + 1)
      guard case .anchor(let anchor, _)? = step else {
        Issue.record("nothing can go")
        return
      }
      _ = try await setting.ledger.commit(Submission(anchor.statement(requester: "")))
      // Meanwhile nothing is wrong.
      #expect(try await setting.verify([head]) == RecordVerification(records: 30))
      if byHost {
        #expect(try await setting.append(30..<30) == head)
      } else {
        #expect(try await setting.prune(before: 0).anchors.isEmpty)
      }
      #expect(try setting.numbers.first == first + 1)
      #expect(try await setting.verify([head]) == RecordVerification(records: 30 - Int(anchor.count)))
    }
  }

  @Test func `a damaged segment stays with all behind it, and is named`() async throws {
    let setting = Setting()
    try await setting.append(0..<40)
    let numbers = try setting.numbers
    let path = RecordFile.packedPath(setting.folder, numbers[2])
    var bytes = try RecordFile.read(path)
    bytes[bytes.count - 5] ^= 1
    try RecordFile.replace(path, with: bytes)
    let pruned = try await setting.prune(before: 30)
    #expect(pruned.anchors.count == 2)
    #expect(pruned.problems.count == 1)
    #expect(pruned.problems[0].contains("is damaged and stays"))
    #expect(try setting.numbers.first == numbers[2])
  }

  @Test func `what was taken out without an anchor, or put in the place of what was removed, is named`() async throws {
    let setting = Setting()
    let head = try await setting.append(0..<40)
    _ = try await setting.prune(before: 12)
    let first = try #require(try setting.numbers.first)
    try SegmentPruning.remove(first, in: setting.folder)
    let problem = try await setting.verify([head]).problem
    #expect(problem?.contains("is missing") == true || problem?.contains("does not follow") == true, "\(problem ?? "")")
  }

  @Test func `a checkpoint of before the pruning is held against the anchors`() async throws {
    let setting = Setting()
    let early = try await setting.append(0..<10)
    try await setting.append(10..<40)
    _ = try await setting.prune(before: 30)
    #expect(try await setting.verify([early]).damage == [])
    let anchor = try #require(try await setting.anchors["local/effects"].dropFirst().first)
    let exact = RecordHead(log: anchor.log, sequence: anchor.last, hash: anchor.after, count: anchor.last)
    #expect(try await setting.verify([exact]).damage == [])
    let other = RecordHead(log: anchor.log, sequence: anchor.last, hash: anchor.before, count: anchor.last)
    #expect(try await setting.verify([other]).problem?.contains("isn't the one that the checkpoint names") == true)
  }

  @Test func `a copy of a removed segment is recognised, packed or not, and a changed one isn't`() async throws {
    let setting = Setting()
    try await setting.append(0..<30)
    let number = try #require(try setting.numbers.first)
    let copy = setting.directory + "-copy"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.copyItem(atPath: RecordFile.packedPath(setting.folder, number), toPath: copy)
    let plain = try #require(try SegmentContent.read(setting.folder, number, .turns))
    let other = try await setting.prune(before: 0)
    #expect(other.anchors.isEmpty)
    #expect(try ArchivedRecords([copy]).standing(among: try await setting.anchors).anchors == [])
    let pruned = try await setting.prune(before: 20)
    let anchors = try await setting.anchors
    #expect(try ArchivedRecords([copy]).standing(among: anchors) == .init(anchors: [pruned.anchors[0]], unknown: 0))
    try RecordFile.replace(copy, with: plain.bytes)
    #expect(try ArchivedRecords([copy]).standing(among: anchors) == .init(anchors: [pruned.anchors[0]], unknown: 0))
    var changed = plain.bytes
    changed[changed.count - 20] ^= 1
    try RecordFile.replace(copy, with: changed)
    #expect(throws: StoreError.self) { try ArchivedRecords([copy]) }
    try RecordFile.replace(copy, with: Array("no segment".utf8))
    #expect(throws: StoreError.self) { try ArchivedRecords([copy]) }
  }

  @Test func `only so many segments go at once, and the rest the next time`() async throws {
    let setting = Setting()
    setting.limits.segmentBytes = 1
    try await setting.append(0..<100)
    let first = try await setting.prune(before: 1_000)
    #expect(first.isUnfinished)
    #expect(first.anchors.count == RecordLimits.prunedSegments)
    let second = try await setting.prune(before: 1_000)
    #expect(!second.isUnfinished)
    #expect(try setting.numbers.count == 1)
    #expect(try await setting.verify().damage == [])
  }

  @Test func `an entry that is no anchor of the log is one of none`() async throws {
    let setting = Setting()
    try await setting.append(0..<10)
    let id = RecordAnchor.id(of: "local/effects", first: 1)
    _ = try await setting.ledger.commit(
      Submission(Statement(id: id, kind: .anchor, metadata: ["log": "local/effects"])))
    let error = await #expect(throws: StoreError.self) { _ = try await setting.anchors }
    #expect(error?.code == .corrupt)
  }
}
