import Core
@testable import Decisions
import Foundation
import Ledger
import Testing

/// What a host keeps is verified while it runs, a piece at a time.
struct SelfCheckTests {
  private final class Setting {
    let directory = "/tmp/cascade-selfcheck-\(UUID().uuidString)"
    let log: RecordLog
    let ledger = MemoryLedgerStore(time: TimeSource(wall: { 0 }, boot: { 0 }))

    init(segmentBytes: Int = 1 << 20) throws {
      var limits = RecordLimits()
      limits.segmentBytes = segmentBytes
      log = try RecordLog(directory: directory, limits: limits)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func write(_ numbers: Range<UInt64>, lane: Int = 0) throws {
      for number in numbers {
        let id = Identifier(milliseconds: 1_700_000_000_000 + Int64(number), random: (number, number))
        var record = RecordedDecision(
          id: id, point: "tier.assign", generation: 1, digest: "sha256:0", input: ["n": .integer(Int64(number))])
        record.result = .string("result-\(number)-")
        var frames = RecordFrames()
        frames.append(record.id, subject: 0, record.json.bytes)
        try log.lane(lane).append(&frames)
      }
    }

    /// Replaces text in a file of lane 0.
    func change(_ file: String, _ text: String, to other: String) throws {
      let url = URL(filePath: directory + "/0/" + file)
      var bytes = try Data(contentsOf: url)
      let range = try #require(bytes.range(of: Data(text.utf8)))
      bytes.replaceSubrange(range, with: Data(other.utf8))
      try bytes.write(to: url)
    }

    /// Steps until a pass over everything has ended: what was found, and which records were run again.
    func pass(
      _ replay: @escaping @Sendable (RecordedDecision) async -> Replay = { _ in Replay(verdict: .same) }
    ) async throws -> [SelfCheckStep] {
      let check = SelfCheck(log, ledger, replay: replay)
      var steps: [SelfCheckStep] = []
      repeat { steps.append(try await check.step()) } while steps.last?.endsPass == false
      return steps
    }
  }

  @Test func `a pass over what is as it was written finds nothing, and runs a record of each piece`() async throws {
    let setting = try Setting(segmentBytes: 4_000)
    try setting.write(0..<300)
    try setting.write(300..<310, lane: 1)
    // Packed and not.
    _ = try await setting.log.heads()
    let steps = try await setting.pass()
    #expect(steps.flatMap(\.faults) == [])
    let runs = steps.filter { $0.verdict == .same }
    #expect(runs.count > 5, "\(steps.count) steps")
    #expect(runs.allSatisfy { $0.record?.hasSuffix(" tier.assign") == true })
    // And again, from the beginning.
    #expect(try await setting.pass().flatMap(\.faults) == [])
    await setting.log.close()
  }

  @Test func `a result that was changed on the disk is found within a pass`() async throws {
    let setting = try Setting()
    try setting.write(0..<300)
    try setting.change("000000000001.records", "result-57-", to: "result-75-")
    let faults = try await setting.pass().flatMap(\.faults)
    #expect(faults.count == 1)
    #expect(faults.first?.contains("local/0: segment 1 has a frame") == true, "\(faults)")
    await setting.log.close()
  }

  @Test func `one in a packed segment is found as well`() async throws {
    let setting = try Setting(segmentBytes: 4_000)
    try setting.write(0..<300)
    _ = try await setting.log.heads()
    let url = URL(filePath: setting.directory + "/0/000000000002.packed")
    var bytes = try Data(contentsOf: url)
    bytes[bytes.count - 9] ^= 1
    try bytes.write(to: url)
    let faults = try await setting.pass().flatMap(\.faults)
    #expect(faults.count >= 1, "\(faults)")
    await setting.log.close()
  }

  @Test func `segments of several pieces are verified to their ends, whichever comes between`() async throws {
    // One segment of each log, which is written to still.
    let setting = try Setting(segmentBytes: 16 << 20)
    try setting.write(0..<2_000)
    try setting.write(2_000..<4_000, lane: 1)
    let steps = try await setting.pass()
    #expect(steps.flatMap(\.faults) == [])
    #expect(steps.count > 4)
    // Beyond the first piece of its segment.
    try setting.change("000000000001.records", "result-700-", to: "result-007-")
    let faults = try await setting.pass().flatMap(\.faults)
    #expect(faults.contains { $0.contains("local/0: segment 1 has a frame") }, "\(faults)")
    await setting.log.close()
  }

  @Test func `segments that were swapped are found`() async throws {
    let setting = try Setting(segmentBytes: 4_000)
    try setting.write(0..<300)
    _ = try await setting.log.heads()
    let folder = setting.directory + "/0/00000000000"
    let aside = setting.directory + "/0/swapped."
    for ending in ["packed", "index"] {
      try FileManager.default.moveItem(atPath: folder + "2." + ending, toPath: aside + ending)
      try FileManager.default.moveItem(atPath: folder + "3." + ending, toPath: folder + "2." + ending)
      try FileManager.default.moveItem(atPath: aside + ending, toPath: folder + "3." + ending)
    }
    let faults = try await setting.pass().flatMap(\.faults)
    #expect(faults.contains { $0.contains("does not follow the one before it") }, "\(faults)")
    await setting.log.close()
  }

  @Test func `a rule that answers otherwise than it did is found`() async throws {
    let setting = try Setting()
    try setting.write(0..<10)
    let steps = try await setting.pass { record in
      Replay(verdict: record.point == "tier.assign" ? .differs("it says 2 and not 1") : .same)
    }
    #expect(steps.compactMap(\.verdict) == [.differs("it says 2 and not 1")])
    await setting.log.close()
  }

  @Test func `nothing kept is nothing found`() async throws {
    let setting = try Setting()
    let steps = try await setting.pass()
    #expect(steps.flatMap(\.faults) == [])
    #expect(steps.allSatisfy { $0.verdict == nil })
    await setting.log.close()
  }
}

/// What is made of what a self-check finds.
struct SelfCheckFindingsTests {
  @Test func `a finding is told once, and stays`() {
    let findings = SelfCheckFindings()
    #expect(findings.problem == nil)
    let step = SelfCheckStep(faults: ["local/0: segment 1 does not follow the one before it"])
    #expect(findings.take(step).map(\.kind) == [.changed])
    #expect(findings.take(step) == [])
    #expect(findings.take(SelfCheckStep()) == [])
    #expect(findings.problem == "what is kept is not what was written")
    #expect(findings.unreadiness == nil)
  }

  @Test func `another answer to the same input makes a host unready`() {
    let findings = SelfCheckFindings()
    let found = findings.take(SelfCheckStep(verdict: .differs("2 and not 1"), record: "7 tier.assign"))
    #expect(found.map(\.message) == ["the same input came to another answer: decision 7 tier.assign: 2 and not 1"])
    #expect(findings.unreadiness == "the same input came to another answer; the host's log says which")
  }

  @Test func `records that can't be run again are counted, and alarm nobody`() {
    let findings = SelfCheckFindings()
    #expect(findings.impossible == nil)
    let step = SelfCheckStep(verdict: .impossible("its rulebook is gone"), record: "7 tier.assign")
    #expect(findings.take(step) == [] && findings.take(step) == [])
    #expect(findings.impossible?.count == 2)
    #expect(findings.impossible?.last == "7 tier.assign: its rulebook is gone")
    #expect(findings.problem == nil)
  }

  @Test func `what was verified longest ago was verified in the pass before`() {
    let start = ContinuousClock.now
    let findings = SelfCheckFindings(now: start)
    #expect(findings.oldestUnverified(now: start + .seconds(10)) == .seconds(10))
    _ = findings.take(SelfCheckStep(endsPass: true), now: start + .seconds(20))
    // Nothing but the first pass began then.
    #expect(findings.oldestUnverified(now: start + .seconds(30)) == .seconds(30))
    _ = findings.take(SelfCheckStep(endsPass: true), now: start + .seconds(50))
    #expect(findings.oldestUnverified(now: start + .seconds(60)) == .seconds(40))
  }
}
