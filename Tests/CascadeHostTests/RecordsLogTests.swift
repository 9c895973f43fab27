import CascadeHost
import Core
import Glibc
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

  @Test func `records are found by id, paged newest first, and go on after a restart`() async throws {
    let directory = Self.directory()
    var limits = RecordLimits()
    limits.segmentBytes = 1_000
    for run in [0, 1] as [UInt64] {
      let log = try RecordLog(directory: directory, limits: limits)
      for number in run * 20..<run * 20 + 20 {
        await log.append(Self.record(number))
        await log.flush()
      }
      await log.close()
    }
    let log = try RecordLog(directory: directory, limits: limits)
    #expect(try log.verify() == RecordVerification(records: 40, problem: nil))
    #expect(try log.record(Self.record(3).id) == Self.record(3))
    #expect(try log.record(Self.record(99).id) == nil)
    #expect(try log.page(limit: 3) == [39, 38, 37].map(Self.record))
    #expect(try log.page(before: Self.record(30).id, limit: 2) == [29, 28].map(Self.record))
    await log.close()
  }

  @Test func `a changed byte is named by the verification`() async throws {
    let directory = Self.directory()
    let log = try RecordLog(directory: directory)
    for number in 0..<5 as Range<UInt64> { await log.append(Self.record(number)) }
    await log.close()
    let path = directory + "/000000000001.records"
    let file = try #require(fopen(path, "r+"))
    fseek(file, -20, SEEK_END)
    fputc(0x58, file)
    fclose(file)
    #expect(try log.verify().problem?.contains("record 5") == true)
  }

  @Test func `nothing is dropped when the queue is full`() async throws {
    var limits = RecordLimits()
    limits.waitingBytes = 300
    let log = try RecordLog(directory: Self.directory(), limits: limits)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<500 as Range<UInt64> { group.addTask { await log.append(Self.record(number)) } }
    }
    await log.flush()
    #expect(try log.verify().records == 500)
    await log.close()
  }
}
