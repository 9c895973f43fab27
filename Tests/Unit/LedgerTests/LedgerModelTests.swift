internal import Foundation
internal import Ledger
internal import StoreConformance
internal import Testing

struct LedgerModelTests {
  @Test func `a ledger in memory agrees with a plain model in every operation`() async throws {
    let environment = ProcessInfo.processInfo.environment
    let seed = environment["CASCADE_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...(.max))
    print("seed \(seed)")
    let time = ManualTime()
    let count = environment["CASCADE_OPERATIONS"].flatMap { Int($0) } ?? 5_000
    let counts = try await compare(MemoryLedgerStore(time: time.source), time, operations: count, seed: seed)
    print(counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    for outcome in [
      "created", "exists", "id_already_failed", "exceeds_credits", "pending_transfer_expired", "already_reversed",
      "exceeds_original_amount", "to_account_has_different_asset",
    ] {
      #expect(counts[outcome, default: 0] > 0, "\(outcome) never came")
    }
  }
}
