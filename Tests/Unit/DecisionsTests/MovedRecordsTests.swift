import Core
@testable import Decisions
import Foundation
import Ledger
import Testing

/// Records of a host that pruned before it shared a store: its ledger, which is the store's then, has anchors by the
/// name that each host has for its own logs.
struct MovedRecordsTests {
  private let ledger = MemoryLedgerStore(time: TimeSource(wall: { 0 }, boot: { 0 }))
  private let store = MemoryDecisionLog()
  private static let start: Int64 = 1_700_000_000_000

  /// A host's own files.
  private final class Directory {
    let path = "/tmp/cascade-moved-\(UUID().uuidString)"
    var limits = RecordLimits()

    init() { limits.segmentBytes = 1_000 }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    var reader: RecordReader { RecordReader(directory: path) }
    var numbers: [Int] { get throws { try RecordFile.segments(in: path + "/effects") } }
  }

  private static func record(_ number: Int) -> RecordedDecision {
    var record = RecordedDecision(
      id: Identifier(milliseconds: start, random: (0, UInt64(number))), point: "a.b", generation: 1, digest: "sha256:0",
      input: ["n": .integer(Int64(number))])
    record.result = .string(String(repeating: "x", count: 300))
    record.timeMilliseconds = start + Int64(number) * 1_000
    return record
  }

  private func write(_ numbers: Range<Int>, to log: RecordLog) async {
    for number in numbers { #expect(await log.append(Self.record(number))) }
  }

  /// Opens a host's own logs as a host without a store does.
  private func alone(_ directory: Directory) async throws -> RecordLog {
    try RecordLog(
      directory: directory.path, anchors: try await directory.reader.anchors(in: ledger), limits: directory.limits)
  }

  /// Opens them as a host that shares the store does, and tells the ledger what must be told.
  private func sharing(_ directory: Directory, as host: String) async throws -> RecordLog {
    let anchors = try await RecordShipper.anchors(
      directory.reader.anchors(in: ledger), in: store, host: host, directory: directory.path)
    for beginning in try await RecordShipper.beginnings(anchors, in: store, host: host, directory: directory.path) {
      _ = try await ledger.commit(Submission(beginning.statement(requester: "retention")))
    }
    return try RecordLog(directory: directory.path, anchors: anchors, limits: directory.limits)
  }

  private func ship(_ log: RecordLog, as host: String) async throws -> Int64 {
    let shipper = RecordShipper(log, to: store, host: host)
    var shipped: Int64 = 0
    while true {
      let round = try await shipper.round()
      #expect(round.faults == [])
      shipped += round.shipped
      if !round.isUnfinished { return shipped }
    }
  }

  /// A host that has pruned some of 40 records by itself: its directory, and how many are gone.
  private func pruned() async throws -> (Directory, gone: Int64) {
    let directory = Directory()
    let log = try await alone(directory)
    await write(0..<40, to: log)
    await log.close()
    let pruned = try await RecordPruning(directory: directory.path, ledger: ledger, requester: "local:1").prune(
      before: Self.start + 20_000)
    #expect(pruned.records > 10 && pruned.problems == [])
    return (directory, pruned.records)
  }

  @Test func `the records of a host that pruned before are stored, and their chain is followed behind what is gone`()
    async throws
  {
    let (directory, gone) = try await pruned()
    var log = try await sharing(directory, as: "one")
    #expect(log.count == 40)
    await write(40..<45, to: log)
    #expect(try await ship(log, as: "one") == 45 - gone)
    let head = try #require(try await log.heads().first { $0.log == "local/effects" })
    await log.close()
    var whole = StoredVerification()
    whole.records = 45 - gone
    #expect(try await store.verify(in: ledger, against: [head]) == whole)
    #expect(try await store.anchors(of: "one/effects", in: ledger).map(\.last) == [gone])
    // Once more, and it goes on where it was.
    log = try await sharing(directory, as: "one")
    #expect(log.count == 45)
    await write(45..<50, to: log)
    #expect(try await ship(log, as: "one") == 5)
    await log.close()
    whole.records += 5
    #expect(try await store.verify(in: ledger) == whole)
    // What is old among it is pruned on, there.
    let old = try await StoredPruning(store, ledger: ledger, requester: "carol").prune(before: Self.start + 30_000)
    #expect(old.anchors.map(\.log) == ["shared/one/effects"] && old.anchors.first?.first == gone + 1)
    #expect(try await store.verify(in: ledger).faults == [])
    #expect(try await ledger.verify(against: nil).problem == nil)
  }

  @Test func `what one host pruned before is nothing that another host's log of that name lacks`() async throws {
    _ = try await pruned()
    let other = Directory()
    var log = try await sharing(other, as: "two")
    await write(100..<110, to: log)
    await log.close()
    let before = try other.numbers
    // It starts again before anything is stored.
    log = try await sharing(other, as: "two")
    #expect(log.count == 10)
    #expect(try other.numbers.first == before.first)
    #expect(try await ship(log, as: "two") == 10)
    await log.close()
    #expect(try await store.anchors(of: "two/effects", in: ledger) == [])
    var whole = StoredVerification()
    whole.records = 10
    #expect(try await store.verify(in: ledger) == whole)
  }

  @Test func `a checkpoint of any host is held against the logs that are stored`() async throws {
    let (one, two) = (Directory(), Directory())
    for (directory, host, numbers) in [(one, "one", 0..<12), (two, "two", 50..<55)] {
      let log = try await sharing(directory, as: host)
      await write(numbers, to: log)
      _ = try await ship(log, as: host)
      let head = try #require(try await log.heads().first { $0.log == "local/effects" })
      #expect(try await store.verify(in: ledger, against: [head]).faults == [])
      #expect(try await store.verify(in: ledger, against: [head]).untold == [])
      // Another hash in that place is none that was written; of what comes later nothing is known yet.
      var other = head
      other.hash[0] ^= 1
      let faults = try await store.verify(in: ledger, against: [other]).faults
      if host == "one" { #expect(faults.count == 1 && faults[0].contains("record 12"), "\(faults)") }
      other = RecordHead(log: head.log, sequence: 99, hash: head.hash, count: 99)
      let later = try await store.verify(in: ledger, against: [other])
      #expect(later.faults == [] && later.untold.count == 1)
      await log.close()
    }
    // What was removed is known where a piece ends, and can't be told within one.
    let pruned = try await StoredPruning(store, ledger: ledger, requester: "carol").prune(before: Self.start + 9_000)
    let anchor = try #require(pruned.anchors.first)
    #expect(anchor.last == 9)
    for (sequence, untold) in [(anchor.last, 0), (anchor.last - 1, 1)] {
      let head = RecordHead(log: "local/effects", sequence: sequence, hash: anchor.after, count: sequence)
      let found = try await store.verify(in: ledger, against: [head])
      #expect(found.faults == [] && found.untold.count == untold, "\(found)")
    }
  }

  @Test func `copies of segments are recognised by the pieces that went from a store`() async throws {
    let directory = Directory()
    let copies = directory.path + "-copies"
    defer { try? FileManager.default.removeItem(atPath: copies) }
    var log = try await sharing(directory, as: "one")
    await write(0..<40, to: log)
    await log.close()
    try FileManager.default.copyItem(atPath: directory.path + "/effects", toPath: copies)
    let numbers = try RecordFile.segments(in: copies)
    let paths = numbers.map { number in
      [RecordFile.packedPath(copies, number), RecordFile.path(copies, number)].first {
        FileManager.default.fileExists(atPath: $0)
      } ?? ""
    }.filter { (try? RecordFile.read($0).isEmpty) == false }
    #expect(paths.count > 6)
    log = try await sharing(directory, as: "one")
    _ = try await ship(log, as: "one")
    await log.close()
    #expect(try ArchivedRecords(paths).standing(among: await store.anchors(in: ledger)).unknown == 40)
    let pruning = StoredPruning(store, ledger: ledger, requester: "carol")
    // A piece is as long as what is old, and ends where no segment does.
    var anchors: [RecordAnchor] = []
    for before in [13, 26, 40] {
      anchors += try await pruning.prune(before: Self.start + Int64(before) * 1_000).anchors
    }
    #expect(anchors.map(\.last) == [13, 26, 40])
    let known = try await store.anchors(in: ledger)
    let all = try ArchivedRecords(paths)
    #expect(all.count == 40)
    #expect(all.standing(among: known) == .init(anchors: anchors, unknown: 0))
    // The first one lies within the first piece; with those behind it, it is recognised up to the last piece's end.
    #expect(try ArchivedRecords([paths[0]]).standing(among: known).anchors == [])
    let most = try ArchivedRecords(Array(paths.dropLast())).standing(among: known)
    #expect(most.anchors == Array(anchors.prefix(2)) && most.unknown > 0)
    // So are the last ones alone.
    #expect(
      try ArchivedRecords(Array(paths.suffix(2))).standing(among: known) == .init(anchors: [anchors[2]], unknown: 0))
    let apart = #expect(throws: StoreError.self) { try ArchivedRecords([paths[0], paths[2]]) }
    #expect(apart?.code == .corrupt)
  }
}
