import Core
import Decisions
import Foundation
import Ledger
import Testing

/// Records that hosts store together, and what each of them still has in its own files.
struct RecordsStoredTests {
  /// A host's log that goes away with the test.
  private final class Log: Sendable {
    let log: RecordLog
    private let directory = NSTemporaryDirectory() + "stored-" + UUID().uuidString

    init(segmentBytes: Int = 20_000) throws {
      var limits = RecordLimits()
      limits.segmentBytes = segmentBytes
      log = try RecordLog(directory: directory, limits: limits)
    }

    func write(_ numbers: [Int]) async {
      for number in numbers {
        var record = RecordedDecision(
          id: RecordsStoredTests.id(number), point: number % 2 == 0 ? "a.even" : "a.odd", generation: 1, digest: "",
          input: ["citizen": .string("c\(number % 3)"), "padding": .string(String(repeating: "x", count: 300))])
        record.subject = "c\(number % 3)"
        record.timeMilliseconds = 1_764_000_000_000 + Int64(number)
        #expect(await log.append(record))
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }
  }

  private let store = MemoryDecisionLog()
  private let ledger = MemoryLedgerStore(time: TimeSource(wall: { 1 }, boot: { 0 }))

  private static func id(_ number: Int) -> Identifier {
    Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | UInt64(number))
  }

  private func ship(_ log: RecordLog, as host: String) async throws {
    let shipper = RecordShipper(log, to: store, host: host)
    while try await shipper.round().isUnfinished {}
  }

  private func numbers(_ records: DecisionRecords, _ filter: RecordFilter, limit: Int) async throws -> [Int] {
    var (found, before): ([Int], Identifier?) = ([], nil)
    repeat {
      let page = try await records.page(filter, before: before, limit: limit)
      found += page.records.compactMap { $0["id"]?.string.flatMap { Identifier($0) }.map { Int($0.low & 0xFFFF) } }
      before = page.next
    } while before != nil
    return found
  }

  @Test(arguments: [1, 7, 1_000])
  func `a host tells all records in their order, whoever has them, and each once`(limit: Int) async throws {
    let (one, two) = (try Log(), try Log())
    await one.write((1...200).filter { $0 % 4 != 0 })
    await two.write((1...200).filter { $0 % 4 == 0 })
    // One has stored all of it, two nothing yet.
    try await ship(one.log, as: "one")
    let records = DecisionRecords(ledger: ledger, log: two.log.reader, stored: store)
    #expect(try await numbers(records, RecordFilter(), limit: limit) == (1...200).reversed())
    try await ship(two.log, as: "two")
    await one.write([201])
    let others = DecisionRecords(ledger: ledger, log: one.log.reader, stored: store)
    #expect(try await numbers(others, RecordFilter(), limit: limit) == (1...201).reversed())
    #expect(try await numbers(others, RecordFilter(point: "a.even"), limit: limit).allSatisfy { $0 % 2 == 0 })
    let about = try await numbers(others, RecordFilter(subject: "c1"), limit: limit)
    #expect(about == (1...201).reversed().filter { $0 % 3 == 1 })
    await one.log.close()
    await two.log.close()
  }

  @Test func `a record is found by its id at every host, and its file goes once it is stored`() async throws {
    let (one, two) = (try Log(), try Log())
    await one.write(Array(1...200))
    try await ship(one.log, as: "one")
    let records = DecisionRecords(ledger: ledger, log: two.log.reader, stored: store)
    let found = try #require(try await records.record(Self.id(5)))
    #expect(RecordedDecision(bytes: found)?.point == "a.odd")
    #expect(try one.log.reader.record(Self.id(5)) == nil)
    #expect(try await DecisionRecords(ledger: ledger, log: one.log.reader, stored: store).record(Self.id(5)) == found)
    #expect(try await records.record(Self.id(999)) == nil)
    #expect(one.log.count == 200)
    await one.log.close()
    await two.log.close()
  }
}
