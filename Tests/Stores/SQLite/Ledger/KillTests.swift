internal import Core
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import TestSupport
internal import Testing

@Suite(.serialized)
struct KillTests {
  @Test func `killed at any moment, what was acknowledged is there, nothing is half there`() async throws {
    var left = ProcessInfo.processInfo.environment["CASCADE_KILLS"].flatMap { Int($0) } ?? 5
    var generator = try seeded()
    var total = 0
    // A ledger survives twenty kills; then comes a new one, so that reading it all again stays short.
    while left > 0 {
      try await withDataDirectory { directory in
        for round in 0..<min(left, 20) {
          let first = UInt64(round) << 32
          let wait = Int.random(in: 50..<400, using: &generator)
          let writer = try await CrashWriter(directory, from: first, killAfter: wait)
          total += writer.acknowledged.count
          #expect(try await missing(writer.acknowledged, in: directory) == 0)
          try await sendAgain(after: writer.acknowledged.map { $0 - first }, from: first, in: directory)
        }
      }
      left -= 20
    }
    print("chains acknowledged before a kill: \(total)")
    #expect(total > 0)
  }

  /// Sends the chains whose answers the kill took: each is there whole or not at all, and once after it.
  private func sendAgain(after acknowledged: [UInt64], from first: UInt64, in directory: String) async throws {
    let store = try SQLiteLedgerStore(directory: directory)
    let lanes = Dictionary(grouping: acknowledged) { $0 / 1_000_000 }
    for number in lanes.values.compactMap({ $0.max() }).map({ first + $0 + 1 }) {
      let chain = Submission(passing(number).map { .event($0) }, authority: .operator)
      let outcomes = try await store.commit(chain).receipt.outcomes
      #expect(outcomes == ["created", "created"] || outcomes == ["exists", "exists"])
      #expect(try await store.commit(chain).receipt.outcomes == ["exists", "exists"])
    }
    await store.close()
  }

  @Test(arguments: ["FULL", "NORMAL"])
  func `a power loss takes nothing acknowledged, with full durability only`(_ durability: String) async throws {
    var generator = try seeded()
    var lost = 0
    var total = 0
    // Where a sync has just been made there is nothing to lose, so that it may take some rounds.
    for round in 0..<20 where round < 3 || durability == "NORMAL" && lost == 0 {
      try await withDataDirectory { directory in
        let disk = try FailingDisk.environment(in: directory, ["CASCADE_KEEP_SYNCED": "1"])
        let wait = Int.random(in: 50..<300, using: &generator)
        let writer = try await CrashWriter(
          directory, from: 0, durability: durability, environment: disk, killAfter: wait, ofFirst: true)
        total += writer.acknowledged.count
        try losePower(in: directory)
        lost += try await missing(writer.acknowledged, in: directory)
      }
    }
    #expect(total > 0)
    #expect((lost == 0) == (durability == "FULL"))
  }

  // With a log of few pages, what is lost or fails is often part of a checkpoint.
  @Test(arguments: [("FULL", 1_000), ("FULL", 10), ("NORMAL", 1_000)])
  func `power lost at any write or sync takes nothing acknowledged, with full durability only`(
    _ durability: String, _ checkpointPages: Int
  ) async throws {
    var lost = 0
    try await atEveryPlace("CASCADE_CUT_AT") { place, directory, disk in
      let synced = disk.merging(["CASCADE_KEEP_SYNCED": "1"]) { $1 }
      _ = try await CrashWriter(
        directory, from: 0, chains: 0, environment: synced.filter { $0.key != "CASCADE_CUT_AT" })
      try? FileManager.default.removeItem(atPath: "\(directory)/ledger.sqlite-wal.synced")
      let writer = try await CrashWriter(
        directory, from: 0, chains: 40, durability: durability, checkpointPages: checkpointPages, environment: synced)
      try losePower(in: directory)
      let missing = try await missing(writer.acknowledged, in: directory)
      if durability == "FULL" { #expect(missing == 0, "write \(place)") }
      lost += missing
    }
    #expect((lost == 0) == (durability == "FULL"))
  }

  @Test(arguments: [1_000, 10])
  func `whichever write or sync fails, a caller is told, nothing acknowledged is lost and a restart is clean`(
    _ checkpointPages: Int
  ) async throws {
    try await atEveryPlace("CASCADE_FAIL_AT") { place, directory, disk in
      await (try SQLiteLedgerStore(directory: directory)).close()
      let writer = try await CrashWriter(
        directory, from: 0, chains: 40, checkpointPages: checkpointPages, environment: disk)
      #expect(try await missing(writer.acknowledged, in: directory) == 0, "write \(place)")
      // Of each lane at most the answer that was on its way when another's commit failed.
      #expect(writer.acknowledgedAfterFirstFailure < 8, "write \(place)")
      let isReached = FileManager.default.fileExists(atPath: try #require(disk["CASCADE_MARK"]))
      #expect((writer.failures > 0) == isReached, "write \(place)")
    }
  }

  /// Calls `body` with 1, 2, 3 …, a new directory and a disk on which `event` happens at that place, until no place
  /// is left or so often as asked.
  private func atEveryPlace(_ event: String, _ body: (Int, String, [String: String]) async throws -> Void) async throws
  {
    let count = ProcessInfo.processInfo.environment["CASCADE_FAULTS"].flatMap { Int($0) } ?? 30
    try await withDataDirectory { shared in
      let disk = try FailingDisk.environment(in: shared, [:])
      let mark = "\(shared)/reached"
      for place in 1...count {
        try? FileManager.default.removeItem(atPath: mark)
        try await withDataDirectory { directory in
          try await body(place, directory, disk.merging([event: String(place), "CASCADE_MARK": mark]) { $1 })
        }
        if FileManager.default.fileExists(atPath: mark) { continue }
        print("\(event): \(place - 1) writes and syncs, one by one")
        return
      }
    }
  }

  private func seeded() throws -> SeededGenerator {
    let seed = UInt64.random(in: 0...(.max))
    print("seed \(seed)")
    return SeededGenerator(seed: seed)
  }

  /// Puts back what was last synced of each file.
  private func losePower(in directory: String) throws {
    for name in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
      let path = "\(directory)/\(name)"
      try? FileManager.default.removeItem(atPath: path)
      if FileManager.default.fileExists(atPath: "\(path).synced") {
        try FileManager.default.moveItem(atPath: "\(path).synced", toPath: path)
      }
    }
  }

  /// How many of these chains are not there whole. The ledger must open and verify.
  private func missing(_ numbers: [UInt64], in directory: String) async throws -> Int {
    let store = try SQLiteLedgerStore(directory: directory)
    #expect(try await store.verify(against: nil).problem == nil)
    var missing = 0
    for number in numbers {
      let halves = try await [store.entry(id(2 * number)), store.entry(id(2 * number + 1))]
      if halves.contains(nil) { missing += 1 }
    }
    let figures = try await store.figures("a")
    #expect(figures.isEmpty || figures == [0, 0, 0], "a chain is half there")
    await store.close()
    return missing
  }
}
