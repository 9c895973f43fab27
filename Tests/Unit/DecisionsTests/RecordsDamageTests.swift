import Core
import Decisions
import Foundation
import Ledger
import LoggedLines
import Testing

/// Segments of records that were damaged, or that a crash left half written: nothing is written over, nothing unsaid.
struct RecordsDamageTests {
  /// A log of some records, gone with the test.
  fileprivate final class Setting {
    let directory = "/tmp/cascade-records-damage-\(UUID().uuidString)"
    let lines = LogLines()
    /// The bytes of the first segment, and where each record's frame begins in it.
    private(set) var content = Data()
    private(set) var places: [Int] = []

    /// A log of records 0 and on.
    init(_ count: Int) async throws {
      let log = try RecordLog(directory: directory)
      for number in 0..<count { await log.append(Setting.record(number)) }
      await log.close()
      content = try Data(contentsOf: URL(filePath: path(1)))
      var place = Setting.head
      while place < content.count {
        places.append(place)
        place += Setting.frame + content[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      }
      #expect(places.count == count)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    static let head = 51
    static let frame = 36

    static func record(_ number: Int) -> RecordedDecision {
      let id = Identifier(milliseconds: 1_700_000_000_000 + Int64(number), random: (7, 7))
      return RecordedDecision(
        id: id, point: "a.b", generation: 1, digest: "", input: .integer(Int64(number)))
    }

    func path(_ number: Int) -> String { directory + "/effects/00000000000\(number).records" }
    func packed(_ number: Int) -> String { directory + "/effects/00000000000\(number).packed" }

    func write(_ changed: Data, _ number: Int = 1) throws { try changed.write(to: URL(filePath: path(number))) }

    /// The first segment with one bit of the byte at `place` flipped.
    func flipped(_ place: Int) -> Data {
      var changed = content
      changed[place] ^= 1 << UInt8(place % 8)
      return changed
    }

    func verify() throws -> RecordVerification { try RecordReader(directory: directory).verify() }

    /// Which of the records can be found.
    func found(_ numbers: [Int]) throws -> [Int] {
      let reader = RecordReader(directory: directory)
      return try numbers.filter { try reader.record(Self.record($0).id) == Self.record($0).json.bytes }
    }

    /// Starts on the log, adds a record and ends.
    func goOn(_ number: Int) async throws {
      let log = try RecordLog(directory: directory, logger: lines.logger)
      await log.append(Self.record(number))
      await log.close()
    }
  }

  /// A place in the first segment, and what must be named of it.
  enum Part: String, CaseIterable {
    case magic, previous, length, body, hash, lastLength, lastHash

    fileprivate func place(_ setting: RecordsDamageTests.Setting) -> Int {
      switch self {
      case .magic: 3
      case .previous: 30
      case .length: setting.places[0] + 2
      case .body: setting.places[0] + 80
      case .hash: setting.places[0] + 10
      case .lastLength: setting.places[4]
      case .lastHash: setting.places[4] + 10
      }
    }

    var named: String {
      switch self {
      case .magic: "does not begin as a segment does"
      case .previous: "does not follow the segment before it"
      case .length: "frame 1 can't be read"
      case .body, .hash: "frame 1 is not what was written"
      case .lastLength: "frame 5 can't be read"
      case .lastHash: "frame 5 is not what was written"
      }
    }

    /// The records that are lost, or not proved any more.
    var lost: Set<Int> {
      switch self {
      case .magic, .previous: []
      case .length, .body, .hash: [0]
      case .lastLength, .lastHash: [4]
      }
    }
  }

  @Test(arguments: Part.allCases)
  func `a start on a damaged segment keeps it as it is, says so and goes on in the next one`(_ part: Part) async throws
  {
    let setting = try await Setting(5)
    let damaged = setting.flipped(part.place(setting))
    try setting.write(damaged)
    let before = try setting.verify()
    #expect(before.damage.count == 1)
    #expect(before.problem?.hasPrefix(setting.path(1) + ": " + part.named) == true, "\(before)")
    #expect(before.records == 5 - part.lost.count)
    for run in 5...7 { try await setting.goOn(run) }
    #expect(try Data(contentsOf: URL(filePath: setting.path(1))) == damaged)
    #expect(setting.lines.all.count == 1, "\(setting.lines.all)")
    #expect(setting.lines.all.first?.hasPrefix("error: \(setting.path(1)) is damaged: \(part.named)") == true)
    // The chain goes on behind the damage, which alone is named.
    var after = before
    after.records += 3
    #expect(try setting.verify() == after)
    let readable = try setting.found(Array(0..<8))
    #expect(Set(0..<8).subtracting(readable).isSubset(of: part.lost))
  }

  @Test func `each byte of a segment flipped once is named, also after a start, and costs at most its record`()
    async throws
  {
    let setting = try await Setting(3)
    for place in setting.content.indices {
      let damaged = setting.flipped(place)
      try setting.write(damaged)
      let found = try setting.verify()
      #expect(found.problem?.hasPrefix(setting.path(1)) == true, "byte \(place)")
      #expect(found.records >= 2, "byte \(place)")
      try await setting.goOn(9)
      #expect(try Data(contentsOf: URL(filePath: setting.path(1))) == damaged, "byte \(place)")
      let after = try setting.verify()
      #expect(after.damage == found.damage, "byte \(place): \(after.damage)")
      #expect(after.records == found.records + 1, "byte \(place)")
      #expect(try setting.found([0, 1, 2, 9]).count >= 3, "byte \(place)")
      unlink(setting.path(2))
    }
  }

  @Test func `a record whose place is known and whose length was damaged is named, and a page goes on behind it`()
    async throws
  {
    let setting = try await Setting(4)
    let log = try RecordLog(directory: setting.directory, logger: setting.lines.logger)
    var damaged = setting.content
    // The length of the record itself; the host knows where it is.
    damaged[setting.places[1] + Setting.frame] = 0x01
    try setting.write(damaged)
    let error = #expect(throws: StoreError.self) { try log.reader.record(Setting.record(1).id) }
    #expect(error?.message.contains("\(setting.path(1)) is damaged where the record") == true)
    let ledger = MemoryLedgerStore(time: TimeSource(wall: { 0 }, boot: { 0 }))
    let records = DecisionRecords(ledger: ledger, log: log.reader)
    let page = try await records.page(RecordFilter(point: "a.b"), limit: 10)
    #expect(page.records == [3, 2, 0].map { Setting.record($0).json })
    await log.close()
  }

  @Test func `what a crash left of a write is named, and a start cuts it off and nothing else`() async throws {
    let setting = try await Setting(4)
    for length in stride(from: 1, to: setting.content.count, by: 5) where !setting.places.contains(length) {
      try setting.write(setting.content.prefix(length))
      let whole = setting.places.filter { $0 < length }.count - (length < Setting.head ? 0 : 1)
      let torn = try setting.verify()
      #expect(torn.records == max(whole, 0))
      #expect(torn.damage.count == 1 && torn.damage[0].isUnreadable, "\(length): \(torn)")
      try await setting.goOn(9)
      #expect(try setting.verify() == RecordVerification(records: max(whole, 0) + 1), "\(length)")
      #expect(try setting.found([0, 1, 2, 3, 9]) == Array(0..<max(whole, 0)) + [9], "\(length)")
    }
    #expect(setting.lines.all.allSatisfy { $0.hasPrefix("notice: \(setting.path(1)): ends ") })
  }

  @Test(arguments: [1, 3, 4, 36, 40, 4096])
  func `zeros behind the last record are no records`(_ count: Int) async throws {
    let setting = try await Setting(4)
    // Behind the last record; in the middle of it; and where no record is left.
    for kept in [setting.content.count, setting.places[3] + 50, setting.places[3] + 2, Setting.head, 10, 0] {
      try setting.write(setting.content.prefix(kept) + Data(count: count))
      let whole = kept == setting.content.count ? 4 : kept > setting.places[3] ? 3 : 0
      let torn = try setting.verify()
      #expect(torn.records == whole)
      #expect(torn.damage.count == 1 && torn.damage[0].isUnreadable, "\(kept): \(torn)")
      try await setting.goOn(9)
      #expect(try setting.verify() == RecordVerification(records: whole + 1), "\(kept)")
      #expect(try setting.found([9]) == [9])
    }
  }

  @Test func `a piece that is gone costs the records in it, and those behind it are found`() async throws {
    let setting = try await Setting(9)
    var damaged = setting.content
    let hole = setting.places[2] + 10..<setting.places[5] + 60
    damaged.replaceSubrange(hole, with: Data(count: hole.count))
    try setting.write(damaged)
    let found = try setting.verify()
    #expect(found.damage.count == 1)
    #expect(found.problem?.contains("frame 3 can't be read: bytes") == true)
    try await setting.goOn(20)
    #expect(try Data(contentsOf: URL(filePath: setting.path(1))) == damaged)
    #expect(try setting.verify().damage == found.damage)
    #expect(try setting.found(Array(0..<21)) == [0, 1, 6, 7, 8, 20])
  }

  @Test func `damage in a segment that was full long ago is named, and so is one that is missing or empty`()
    async throws
  {
    let setting = try await Setting(3)
    var limits = RecordLimits()
    limits.segmentBytes = 1
    let log = try RecordLog(directory: setting.directory, limits: limits)
    for number in 3..<6 { await log.append(Setting.record(number)) }
    await log.close()
    #expect(try setting.verify() == RecordVerification(records: 6))
    let packed = try Data(contentsOf: URL(filePath: setting.packed(1)))
    func write(_ changed: Data) throws { try changed.write(to: URL(filePath: setting.packed(1))) }
    try write(packed.dropLast())
    #expect(try setting.verify().problem?.hasPrefix("\(setting.packed(1)): ") == true)
    try write(Data())
    #expect(try setting.verify().problem == "\(setting.packed(1)) is empty")
    try write(packed)
    unlink(setting.packed(3))
    let missing = try setting.verify()
    #expect(missing.problem == "\(setting.path(3)) is missing")
    #expect(missing.records == 5)
  }

  @Test func `a file in the next segment's place is not written over`() async throws {
    let setting = try await Setting(2)
    try setting.write(setting.flipped(3))
    try Data("something".utf8).write(to: URL(filePath: setting.path(2)))
    // The last one is this, which is no segment either.
    try await setting.goOn(2)
    #expect(try Data(contentsOf: URL(filePath: setting.path(2))) == Data("something".utf8))
    #expect(try setting.found([0, 1, 2]) == [0, 1, 2])
    #expect(try setting.verify().damage.map(\.message).filter { $0.hasPrefix(setting.path(2)) }.count == 1)
  }
}
