import Decisions
import Core
import Foundation
import Ledger
import LuaRuntime
import Testing

/// Where the log of records ended, as a checkpoint names it: what is taken away from the log, put into it or changed in
/// it shows.
struct RecordsHeadTests {
  /// A log of small segments in a folder that goes with it.
  private final class Setting {
    let directory = "/tmp/cascade-record-heads-\(UUID().uuidString)"
    var limits = RecordLimits()

    init() { limits.segmentBytes = 1_000 }
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func record(_ number: UInt64, note: String = "") -> RecordedDecision {
      let id = Identifier(milliseconds: 1_700_000_000_000 + Int64(number), random: (number, number))
      var record = RecordedDecision(
        id: id, point: "tier.assign", generation: 1, digest: "sha256:0", input: ["n": .integer(Int64(number))])
      record.result = .string("good\(note)")
      return record
    }

    /// Appends these records, as a host does; where the log ends then.
    @discardableResult
    func append(_ records: [RecordedDecision]) async throws -> RecordHead {
      let log = try RecordLog(directory: directory, limits: limits)
      for record in records {
        await log.append(record)
      }
      let heads = try await log.heads()
      await log.close()
      return try #require(heads.first)
    }

    /// The log made anew with these records, as somebody can who knows its form.
    func remake(_ records: [RecordedDecision]) async throws {
      try FileManager.default.removeItem(atPath: directory)
      try await append(records)
    }

    func problem(_ head: RecordHead?) throws -> String? {
      try RecordReader(directory: directory).verify(against: head.map { [$0] } ?? []).problem
    }

    var segments: [String] {
      get throws {
        try FileManager.default.contentsOfDirectory(atPath: directory + "/effects")
          .filter { !$0.hasSuffix(".index") }.sorted()
      }
    }
  }

  @Test func `a log ends where it says, also after a restart and behind segments that are full`() async throws {
    let setting = Setting()
    let empty = try await setting.append([])
    #expect(empty == RecordHead(log: "local/effects", sequence: 0, hash: [UInt8](repeating: 0, count: 32), count: 0))
    let first = try await setting.append((0..<12).map { setting.record($0) })
    #expect(first.count == 12 && first.sequence == 12)
    #expect(try setting.segments.count > 1)
    #expect(try await setting.append([]) == first)
    // An index says nothing that the segment doesn't.
    try FileManager.default.removeItem(atPath: setting.directory + "/effects/000000000001.index")
    let later = try await setting.append([setting.record(12)])
    #expect(later.count == 13)
    for head in [empty, first, later] { #expect(try setting.problem(head) == nil) }
  }

  @Test func `the last records that are missing are named, and so is a last file that is gone`() async throws {
    let setting = Setting()
    let head = try await setting.append((0..<12).map { setting.record($0) })
    let last = setting.directory + "/effects/" + (try #require(try setting.segments.last))
    try FileManager.default.removeItem(atPath: last)
    #expect(try setting.problem(nil) == nil)
    #expect(try #require(try setting.problem(head)).contains("and the checkpoint 12: the last are missing"))
    try await setting.remake((0..<11).map { setting.record($0) })
    #expect(try #require(try setting.problem(head)).contains("has 11 records"))
    try FileManager.default.removeItem(atPath: setting.directory)
    #expect(try #require(try setting.problem(head)).contains("has 0 records"))
  }

  @Test func `a record that is taken from the middle, put in or changed is named though the chain was made anew`()
    async throws
  {
    let setting = Setting()
    let records = (0..<12).map { setting.record($0) }
    let head = try await setting.append(records)
    let taken = records.prefix(5) + records.dropFirst(6) + [setting.record(50)]
    let inserted = records.prefix(5) + [setting.record(50)] + records.dropFirst(5)
    let changed = records.prefix(5) + [setting.record(5, note: " enough")] + records.dropFirst(6)
    for forged in [taken, inserted, changed] {
      try await setting.remake(Array(forged))
      #expect(try setting.problem(nil) == nil)
      #expect(try #require(try setting.problem(head)).contains("record 12 isn't the one that the checkpoint names"))
    }
  }

  @Test func `a second record of a decision that was answered is named, further tries of one that failed aren't`()
    async throws
  {
    let setting = Setting()
    var failed = setting.record(3)
    (failed.result, failed.failure) = (nil, LuaFailure(code: .conflict, message: "again"))
    let head = try await setting.append([setting.record(1), setting.record(2), failed, failed])
    #expect(try setting.problem(head) == nil)
    try await setting.append([setting.record(2, note: " enough")])
    #expect(try #require(try setting.problem(head)).contains("record 5 has the id of an answered decision once more"))
    try await setting.remake([setting.record(1), failed, setting.record(3)])
    #expect(try #require(try setting.problem(nil)).contains("record 3 has the id of a failure that came before it"))
    var late = setting.record(1)
    (late.result, late.failure) = (nil, failed.failure)
    late.input = ["error": ["code": "conflict"]]
    try await setting.remake([setting.record(1), late])
    #expect(try #require(try setting.problem(nil)).contains("record 2 has the id of an answered decision"))
  }
}
