internal import Core
internal import Foundation
internal import Ledger
internal import LedgerSQLite
internal import LedgerTesting
internal import Testing

@Suite(.serialized)
struct KillTests {
  @Test func `killed at any moment, what was acknowledged is there, nothing is half there`() async throws {
    let rounds = ProcessInfo.processInfo.environment["CASCADE_KILLS"].flatMap { Int($0) } ?? 5
    var generator = try seeded()
    try await withDataDirectory { directory in
      var total = 0
      for round in 0..<rounds {
        let wait = Int.random(in: 50..<400, using: &generator)
        let writer = try await CrashWriter(directory, from: UInt64(round) << 32, killAfter: wait)
        total += writer.acknowledged.count
        #expect(try await missing(writer.acknowledged, in: directory) == 0)
      }
      #expect(total > 0)
    }
  }

  @Test(arguments: ["FULL", "NORMAL"])
  func `a power loss takes nothing acknowledged, with full durability only`(_ durability: String) async throws {
    var generator = try seeded()
    var lost = 0
    var total = 0
    for _ in 0..<3 {
      try await withDataDirectory { directory in
        let disk = try CrashWriter.faults(in: directory, ["CASCADE_KEEP_SYNCED": "1"])
        let wait = Int.random(in: 300..<600, using: &generator)
        let writer = try await CrashWriter(
          directory, from: 0, durability: durability, environment: disk, killAfter: wait)
        total += writer.acknowledged.count
        try losePower(in: directory)
        lost += try await missing(writer.acknowledged, in: directory)
      }
    }
    #expect(total > 0)
    #expect((lost == 0) == (durability == "FULL"))
  }

  @Test func `whichever write or sync fails, nothing acknowledged is lost and a restart is clean`() async throws {
    let count = ProcessInfo.processInfo.environment["CASCADE_FAULTS"].flatMap { Int($0) } ?? 40
    var failures = 0
    try await withDataDirectory { shared in
      let disk = try CrashWriter.faults(in: shared, [:])
      for place in 1...count {
        try await withDataDirectory { directory in
          await (try SQLiteLedgerStore(directory: directory)).close()
          let failing = disk.merging(["CASCADE_FAIL_AT": String(place)]) { $1 }
          let writer = try await CrashWriter(directory, from: 0, chains: 40, environment: failing)
          #expect(try await missing(writer.acknowledged, in: directory) == 0, "write \(place)")
          failures += writer.failures
        }
      }
    }
    #expect(failures > 0)
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
