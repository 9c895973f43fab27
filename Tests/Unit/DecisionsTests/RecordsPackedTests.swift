import Core
@testable import Decisions
import Foundation
import Ledger
import Testing

/// Segments that are full and packed: they read as they were written.
struct RecordsPackedTests {
  /// The log of a lane in a folder that goes with it.
  private final class Setting {
    let directory = "/tmp/cascade-records-packed-\(UUID().uuidString)"
    /// What was appended, in its order.
    private(set) var written: [RecordedDecision] = []

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    var packed: String { directory + "/0/000000000001.packed" }
    var index: String { directory + "/0/000000000001.index" }
    var reader: RecordReader { RecordReader(directory: directory) }

    static func record(_ number: UInt64, pad: Int = 0) -> RecordedDecision {
      let id = Identifier(milliseconds: 1_700_000_000_000 + Int64(number), random: (number, number))
      var record = RecordedDecision(
        id: id, point: number % 2 == 0 ? "a.b" : "a.c", generation: 1, digest: "sha256:0",
        input: ["n": .integer(Int64(number)), "pad": .string(String(repeating: "x", count: pad))])
      if number % 3 == 0 { record.subject = "citizen \(number % 7)" }
      record.result = .integer(Int64(number))
      return record
    }

    /// Appends the records of these turns, each a frame or more, and one more that begins the next segment.
    func append(_ turns: [[RecordedDecision]], segmentBytes: Int = 1 << 30) async throws -> [RecordHead] {
      var limits = RecordLimits()
      limits.segmentBytes = segmentBytes
      let log = try RecordLog(directory: directory, limits: limits)
      let lane = try log.lane(0)
      for turn in turns {
        var frames = RecordFrames()
        for record in turn {
          let subject = record.subject.map { RecordSubject.hash($0.utf8) } ?? 0
          frames.append(record.id, subject: subject, record.json.bytes)
        }
        try lane.append(&frames)
        written += turn
      }
      let heads = try await log.heads()
      await log.close()
      return heads
    }

    /// A packed segment of 4 turns, and a record in the next one.
    func fill(_ count: UInt64 = 12, pad: Int = 0) async throws -> [RecordHead] {
      let records = (0..<count).map { Self.record($0, pad: pad) }
      let size = Int(count) / 4
      let turns = (0..<4).map { Array(records[$0 * size..<($0 + 1) * size]) }
      let bytes = records.reduce(0) { $0 + $1.json.bytes.count }
      _ = try await append(turns, segmentBytes: bytes)
      return try await append([[Self.record(count)]], segmentBytes: 1)
    }
  }

  private static let ledger = MemoryLedgerStore(time: TimeSource(wall: { 0 }, boot: { 0 }))

  private static func page(_ reader: RecordReader, _ subject: String? = nil, point: String? = nil) async throws
    -> [JSON]
  {
    var (all, before) = ([JSON](), Identifier?.none)
    repeat {
      let page = try await DecisionRecords(ledger: ledger, log: reader).page(
        RecordFilter(point: point, subject: subject), before: before, limit: 5)
      all += page.records
      before = page.next
    } while before != nil
    return all
  }

  @Test(arguments: [0, 40_000])
  func `a packed segment has the records it had, by id, by subject, by decision and in their order`(pad: Int)
    async throws
  {
    let setting = Setting()
    let heads = try await setting.fill(pad: pad)
    #expect(access(setting.packed, F_OK) == 0)
    #expect(access(setting.directory + "/0/000000000001.records", F_OK) != 0)
    #expect(try setting.reader.verify(against: heads) == RecordVerification(records: 13))
    for isIndexed in [true, false] {
      if !isIndexed { unlink(setting.index) }
      let reader = setting.reader
      for record in setting.written { #expect(try reader.record(record.id) == record.json.bytes) }
      #expect(try reader.record(Setting.record(99).id) == nil)
      let latestFirst = Array(setting.written.reversed())
      #expect(try await Self.page(reader) == latestFirst.map(\.json))
      for subject in (0..<7).map({ "citizen \($0)" }) {
        #expect(try await Self.page(reader, subject) == latestFirst.filter { $0.subject == subject }.map(\.json))
      }
      #expect(try await Self.page(reader, point: "a.c") == latestFirst.filter { $0.point == "a.c" }.map(\.json))
      #expect(access(setting.index, F_OK) == 0)
    }
  }

  @Test func `records out of the order of their ids are found in a packed segment, the last of several first`()
    async throws
  {
    let setting = Setting()
    var again = Setting.record(3)
    again.result = "again"
    let records = [5, 3, 9, 0, 6].map { Setting.record($0) } + [again]
    _ = try await setting.append([records, [Setting.record(20)]], segmentBytes: 1)
    #expect(access(setting.packed, F_OK) == 0)
    #expect(try setting.reader.record(again.id) == again.json.bytes)
    #expect(try setting.reader.record(Setting.record(9).id) == Setting.record(9).json.bytes)
    let sorted = [20, 9, 6, 5].map { Setting.record($0).json } + [again.json, Setting.record(0).json]
    #expect(try await Self.page(setting.reader) == sorted)
    #expect(
      try await Self.page(setting.reader, "citizen 6")
        == [20, 6].map { Setting.record($0).json }.filter {
          $0["subject"] == "citizen 6"
        })
  }

  @Test func `each byte of a packed segment flipped once is named, and no record is shown that was not written`()
    async throws
  {
    let setting = Setting()
    let heads = try await setting.fill()
    let good = try Data(contentsOf: URL(filePath: setting.packed))
    let index = try Data(contentsOf: URL(filePath: setting.index))
    for place in good.indices {
      var damaged = good
      damaged[place] ^= 1 << UInt8(place % 8)
      try damaged.write(to: URL(filePath: setting.packed))
      let found = try setting.reader.verify(against: heads)
      #expect(found.problem?.hasPrefix(setting.packed) == true, "byte \(place): \(found)")
      for isIndexed in [true, false] {
        if isIndexed { try index.write(to: URL(filePath: setting.index)) } else { unlink(setting.index) }
        let reader = setting.reader
        for record in setting.written {
          let shown = try? reader.record(record.id)
          #expect(shown == nil || shown == record.json.bytes, "byte \(place)")
        }
      }
    }
  }

  @Test func `a packed segment that is cut, doubled or exchanged is named`() async throws {
    let setting = Setting()
    let heads = try await setting.fill(400, pad: 2_000)
    let good = try Data(contentsOf: URL(filePath: setting.packed))
    let blocks = PackedSegment(Array(good)).blocks
    #expect(blocks.count > 3)
    func problem(_ changed: Data) throws -> String? {
      try changed.write(to: URL(filePath: setting.packed))
      return try setting.reader.verify(against: heads).problem
    }
    let places = blocks.map { PackedSegment.place(of: $0) } + [good.count]
    let parts = zip(places, places.dropFirst()).map { good[$0..<$1] }
    let head = good[..<places[0]]
    #expect(try problem(good) == nil)
    #expect(try problem(good.prefix(places[2])) != nil)
    #expect(try problem(good.prefix(good.count - 5)) != nil)
    #expect(try problem(head + parts[0] + parts[0] + parts[1...].joined()) != nil)
    #expect(try problem(head + parts[1] + parts[0] + parts[2...].joined()) != nil)
    #expect(try problem(head + parts[0] + parts[2...].joined()) != nil)
    // What is whole is still read.
    #expect(try setting.reader.verify().records > 200)
  }

  @Test func `a turn of many records is several frames, each of 64 KiB at most but for a record of its own`() throws {
    var frames = RecordFrames()
    let sizes = [10, 30_000, 30_000, 30_000, 100_000, 10, 60_000, 6_000]
    for (number, size) in sizes.enumerated() {
      let id = Setting.record(UInt64(number)).id
      let text = RecordSegment.beginning + Array(id.description.utf8) + [UInt8](repeating: 0x61, count: size)
      frames.append(id, subject: 0, text + [UInt8(ascii: "}")])
    }
    let last = frames.chain(after: RecordSegment.firstHash)
    let content = RecordSegment.Form.turns.magic + RecordSegment.firstHash + frames.bytes
    let scan = SegmentScan(content, .turns, following: [RecordSegment.firstHash])
    #expect(scan.faults.isEmpty)
    #expect(scan.heads == [last])
    let counts = scan.entries.map { scan.records(in: $0).count }
    #expect(counts.reduce(0, +) == sizes.count)
    for (entry, count) in zip(scan.entries, counts) { #expect(count == 1 || entry.payload.count <= 64 << 10) }
    let places = scan.entries.flatMap { scan.records(in: $0) }.map { $0.place - RecordSegment.headBytes }
    #expect(places == frames.entries.map(\.place))
  }
}
