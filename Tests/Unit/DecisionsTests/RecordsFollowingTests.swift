import Core
@testable import Decisions
import Foundation
import Testing

/// Following each log of records in the order in which it was written.
struct RecordsFollowingTests {
  private static func record(_ number: UInt64, padding: Int = 0) -> RecordedDecision {
    let id = Identifier(milliseconds: 1_700_000_000_000 + Int64(number), random: (number, number))
    return RecordedDecision(
      id: id, point: "tier.assign", generation: 1, digest: "sha256:0",
      input: ["n": .integer(Int64(number)), "padding": .string(String(repeating: "x", count: padding))])
  }

  /// Logs of short segments in a folder of their own.
  private final class Fixture {
    let directory = "/tmp/cascade-following-\(UUID().uuidString)"
    var limits = RecordLimits()

    init() { limits.segmentBytes = 4_000 }
    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func open() throws -> RecordLog { try RecordLog(directory: directory, limits: limits) }

    /// Appends the records of one turn of a lane's loop.
    static func append(_ numbers: Range<UInt64>, to log: RecordLog, lane: Int = 0, padding: Int = 0) throws {
      var frames = RecordFrames()
      for number in numbers {
        let record = RecordsFollowingTests.record(number, padding: padding)
        frames.append(record.id, subject: 0, record.json.bytes)
      }
      try log.lane(lane).append(&frames)
    }
  }

  private static func lane(_ log: RecordLog, _ number: Int = 0) throws -> FollowedLog {
    try #require(try log.followed().first { $0.name == "local/\(number)" })
  }

  /// The numbers of the records after a position, their positions, and how many gaps were on the way.
  private static func numbers(
    _ log: FollowedLog, after position: UInt64? = nil, records: Int = 7, bytes: Int = 1_000
  ) throws -> (numbers: [Int64], positions: [UInt64], gaps: Int) {
    var (numbers, positions, gaps, place) = ([Int64](), [UInt64](), 0, try position ?? log.beginning())
    while true {
      let part = try log.part(after: place, records: records, bytes: bytes)
      if part.restart != nil { gaps += 1 }
      for record in part.records {
        numbers.append(try #require(try JSON(parsing: record.bytes)["input"]?["n"]?.integer))
        positions.append(record.position)
      }
      if part.isEnd { return (numbers, positions, gaps) }
      #expect(part.next > place)
      place = part.next
    }
  }

  /// Turns of one to five records, some of which are larger than a part.
  private static func write(_ numbers: Range<UInt64>, to log: RecordLog, lane: Int = 0) throws {
    var next = numbers.lowerBound
    while next < numbers.upperBound {
      let end = min(next + 1 + next % 5, numbers.upperBound)
      try Fixture.append(next..<end, to: log, lane: lane, padding: next % 3 == 0 ? 3_000 : 0)
      next = end
    }
  }

  @Test func `every record comes once and in order, from any place, over restarts and packed segments`() async throws {
    let fixture = Fixture()
    var log = try fixture.open()
    try Self.write(0..<40, to: log)
    let early = try Self.numbers(try Self.lane(log))
    #expect(early.numbers == Array(0..<40))
    await log.close()
    log = try fixture.open()
    try Self.write(40..<90, to: log)
    // What is full is packed by then.
    _ = try await log.heads()
    let packed = try FileManager.default.contentsOfDirectory(atPath: fixture.directory + "/0").filter {
      $0.hasSuffix(".packed")
    }
    #expect(packed.count > 2)
    let lane = try Self.lane(log)
    let all = try Self.numbers(lane)
    #expect(all.numbers == Array(0..<90))
    #expect(all.gaps == 0)
    #expect(all.positions == all.positions.sorted())
    #expect(Array(all.positions.prefix(40)) == early.positions)
    #expect(try all.positions.last == lane.end())
    for (place, position) in all.positions.enumerated() {
      let rest = try Self.numbers(lane, after: position, records: 1 + place % 5, bytes: 1 + place * 97)
      #expect(rest.numbers == Array(Int64(place + 1)..<90))
      #expect(rest.gaps == 0)
    }
    await log.close()
  }

  @Test func `each lane's log is followed by itself, and whoever follows is told of every write`() async throws {
    let fixture = Fixture()
    let log = try fixture.open()
    try Self.write(0..<10, to: log, lane: 0)
    let (news, continuation) = AsyncStream.makeStream(of: Void.self)
    log.whenWritten { continuation.yield() }
    try Fixture.append(20..<23, to: log, lane: 0)
    // A log that is opened later is followed, too.
    try Fixture.append(50..<52, to: log, lane: 1)
    await log.append(Self.record(99))
    continuation.finish()
    #expect(await news.reduce(0) { count, _ in count + 1 } == 3)
    #expect(try log.followed().map(\.name) == ["local/0", "local/1", "local/effects"])
    #expect(try Self.numbers(Self.lane(log, 0)).numbers == Array(0..<10) + [20, 21, 22])
    #expect(try Self.numbers(Self.lane(log, 1)).numbers == [50, 51])
    let elsewhere = try #require(try log.followed().last)
    #expect(try Self.numbers(elsewhere).numbers == [99])
    await log.close()
  }

  @Test func `damage costs the records it hit, and is told`() async throws {
    let fixture = Fixture()
    fixture.limits.segmentBytes = 1 << 20
    let log = try fixture.open()
    for number in 0..<20 as Range<UInt64> { try Fixture.append(number..<number + 1, to: log) }
    let lane = try Self.lane(log)
    let positions = try Self.numbers(lane).positions
    let file = URL(filePath: fixture.directory + "/0/000000000001.records")
    var bytes = try Data(contentsOf: file)
    // The frame of the tenth record.
    let place = Int(positions[8] >> 12 & (1 << 28 - 1))
    bytes.replaceSubrange(place..<place + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
    try bytes.write(to: file)
    let rest = try Self.numbers(lane)
    #expect(rest.gaps == 1)
    #expect(rest.numbers.starts(with: Array(0..<9)))
    #expect(rest.numbers.last == 19)
    #expect(rest.numbers == rest.numbers.sorted())
    await log.close()
  }

  @Test(arguments: [1, 2])
  func `what was removed is told`(segment: Int) async throws {
    let fixture = Fixture()
    let log = try fixture.open()
    try Self.write(0..<90, to: log)
    _ = try await log.heads()
    let lane = try Self.lane(log)
    let whole = try Self.numbers(lane)
    let left = zip(whole.numbers, whole.positions).filter { Int($1 >> 40) != segment }.map(\.0)
    try FileManager.default.removeItem(atPath: fixture.directory + "/0/00000000000\(segment).packed")
    let rest = try Self.numbers(lane, after: UInt64(1) << 40)
    #expect(rest.gaps == 1)
    #expect(rest.numbers == left)
    #expect(left.count < 90)
    await log.close()
  }
}
