internal import Foundation
internal import Ledger
internal import LedgerTesting
internal import Testing

struct LedgerModelTests {
  @Test func `a ledger in memory agrees with a plain model in every operation`() async throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
    print("seed \(seed)")
    let time = ManualTime()
    let count = environment["CASCADE_OPERATIONS"].flatMap { Int($0) } ?? 5_000
    try await compare(MemoryLedgerStore(time: time.source), time, operations: count, seed: seed)
  }
}
