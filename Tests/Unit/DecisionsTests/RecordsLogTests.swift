import Core
import Decisions
import Glibc
import Ledger
import LoggedLines
import Testing

struct RecordsLogTests {
  private static func directory() -> String {
    "/tmp/cascade-records-\(getpid())-\(UInt64.random(in: 0 ... .max))/records"
  }

  private static func record(_ number: UInt64) -> RecordedDecision {
    let id = Identifier(milliseconds: 1_700_000_000_000 + Int64(number), random: (number, number))
    return RecordedDecision(
      id: id, point: "tier.assign", generation: 1, digest: "sha256:0", input: ["n": .integer(Int64(number))])
  }

  private static func page(
    _ reader: RecordReader, before: Identifier? = nil, limit: Int
  ) async throws -> RecordPage {
    let store = MemoryLedgerStore(time: TimeSource(wall: { 0 }, boot: { 0 }))
    return try await DecisionRecords(ledger: store, log: reader).page(before: before, limit: limit)
  }

  @Test func `records are found by id, paged newest first, and go on after a restart`() async throws {
    let directory = Self.directory()
    var limits = RecordLimits()
    limits.segmentBytes = 1_000
    for run in [0, 1] as [UInt64] {
      let log = try RecordLog(directory: directory, limits: limits)
      for number in run * 20..<run * 20 + 20 {
        await log.append(Self.record(number))
      }
      await log.close()
    }
    let log = try RecordLog(directory: directory, limits: limits)
    #expect(try log.reader.verify() == RecordVerification(records: 40))
    #expect(try log.reader.record(Self.record(3).id) == Self.record(3).json.bytes)
    #expect(try log.reader.record(Self.record(99).id) == nil)
    let page = try await Self.page(log.reader, limit: 3)
    #expect(page.records == [39, 38, 37].map { Self.record($0).json })
    let before = try await Self.page(log.reader, before: Self.record(30).id, limit: 2)
    #expect(before.records == [29, 28].map { Self.record($0).json })
    #expect(before.next == Self.record(28).id)
    // Beside the host, and after an index was lost, the same.
    unlink(directory + "/effects/000000000002.index")
    let reader = RecordReader(directory: directory)
    for number in 0..<40 as Range<UInt64> {
      #expect(try reader.record(Self.record(number).id) == Self.record(number).json.bytes)
    }
    #expect(try await Self.page(reader, limit: 50).records == (0..<40).reversed().map { Self.record($0).json })
    #expect(access(directory + "/effects/000000000002.index", F_OK) == 0)
    await log.close()
  }

  @Test func `a changed byte is named by the verification`() async throws {
    let directory = Self.directory()
    let log = try RecordLog(directory: directory)
    for number in 0..<5 as Range<UInt64> { await log.append(Self.record(number)) }
    await log.close()
    let path = directory + "/effects/000000000001.records"
    let file = try #require(fopen(path, "r+"))
    fseek(file, -20, SEEK_END)
    fputc(0x58, file)
    fclose(file)
    #expect(try log.reader.verify().problem?.contains("frame 5") == true)
  }

  @Test func `what many append at once is all there`() async throws {
    var limits = RecordLimits()
    limits.segmentBytes = 20_000
    let log = try RecordLog(directory: Self.directory(), limits: limits)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<500 as Range<UInt64> { group.addTask { await log.append(Self.record(number)) } }
    }
    #expect(try log.reader.verify() == RecordVerification(records: 500))
    await log.close()
    #expect(try log.reader.verify() == RecordVerification(records: 500))
  }

  @Test func `a log that can't be written refuses, says so once, and says when it goes on`() async throws {
    let directory = Self.directory()
    var limits = RecordLimits()
    limits.segmentBytes = 1
    let lines = LogLines()
    let log = try RecordLog(directory: directory, limits: limits, logger: lines.logger)
    // The next segment can't be made where a directory is.
    let obstacle = directory + "/effects/000000000002.records"
    #expect(mkdir(obstacle, 0o700) == 0)
    #expect(await log.append(Self.record(0)))
    for _ in 0..<3 { #expect(await log.append(Self.record(1)) == false) }
    #expect(log.problem?.message == "can't open \(obstacle): Is a directory")
    #expect(
      lines.all == [
        "critical: decision records can't be written, and decisions are refused: can't open "
          + "\(obstacle): Is a directory"
      ])
    #expect(rmdir(obstacle) == 0)
    // It goes on by itself, without anybody who appends.
    while log.problem != nil { try await Task.sleep(for: .milliseconds(1)) }
    while lines.all.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
    #expect(lines.all.last == "notice: decision records are written again" && lines.all.count == 2)
    #expect(await log.append(Self.record(1)))
    #expect(try log.reader.verify() == RecordVerification(records: 2))
    await log.close()
    #expect(try log.reader.verify() == RecordVerification(records: 2))
  }

  @Test func `what can't be kept is refused also at the end, and nothing is lost`() async throws {
    let directory = Self.directory()
    var limits = RecordLimits()
    limits.segmentBytes = 1
    let lines = LogLines()
    let log = try RecordLog(directory: directory, limits: limits, logger: lines.logger)
    let obstacle = directory + "/effects/000000000002.records"
    #expect(mkdir(obstacle, 0o700) == 0)
    #expect(await log.append(Self.record(0)))
    #expect(await log.append(Self.record(1), patience: .milliseconds(30)) == false)
    #expect(await log.close() == nil)
    // Closed for good, and nothing says that it is kept.
    #expect(await log.close() == nil)
    #expect(rmdir(obstacle) == 0)
    #expect(await log.append(Self.record(4), patience: .seconds(60)) == false)
    #expect(try log.reader.verify() == RecordVerification(records: 1))
    #expect(try await Self.page(RecordReader(directory: directory), limit: 9).records == [Self.record(0).json])
  }
}
