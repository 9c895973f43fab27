internal import Core
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import Testing

/// What isn't loaded is an error, never an empty account.
struct LoadedTests {
  /// The seed of a test, which is printed.
  private static func seed() -> UInt64 {
    let given = ProcessInfo.processInfo.environment["CASCADE_SEED"].flatMap { UInt64($0) }
    let seed = given ?? .random(in: 0...(.max))
    print("seed \(seed)")
    return seed
  }

  /// Few holds a sweep, so that some wait for the next.
  private static var limits: LedgerLimits {
    var limits = LedgerLimits()
    limits.expiriesPerSweep = 2
    return limits
  }

  @Test(arguments: ConformanceCase.all)
  func `a ledger that loads only what a submission names keeps the promise`(_ promise: ConformanceCase) async throws {
    let time = ManualTime()
    try await promise.run(SparseLedgerStore(time: time.source), time)
  }

  @Test func `a ledger that loads only what a submission names agrees with the plain model`() async throws {
    let time = ManualTime()
    let store = SparseLedgerStore(time: time.source)
    try await compare(store, time, operations: 3_000, chains: 4, seed: Self.seed())
    #expect(await store.rounds <= 3)
  }

  @Test func `it agrees with one that has all in memory, also when a sweep has no room for all that is due`()
    async throws
  {
    var operations = RandomOperations(seed: Self.seed())
    let time = ManualTime()
    let sparse = SparseLedgerStore(time: time.source, limits: Self.limits)
    let whole = MemoryLedgerStore(time: time.source, limits: Self.limits)
    for _ in 0..<1_500 {
      if operations.oneIn(20) { time.advance(seconds: 10) }
      let submission = Submission(operations.chain().map { .event($0) }, authority: .operator)
      let (found, expected) = (try await sparse.commit(submission), try await whole.commit(submission))
      #expect(found.receipt == expected.receipt)
    }
    #expect(await sparse.head() == whole.head())
    #expect((2...3).contains(await sparse.rounds))
  }

  @Test(arguments: NotLoaded.Kind.allCases)
  func `what is left out of a load is an error that names it`(_ kind: NotLoaded.Kind) async throws {
    var operations = RandomOperations(seed: Self.seed())
    let time = ManualTime()
    let sparse = SparseLedgerStore(time: time.source, limits: Self.limits, omitting: kind)
    let whole = MemoryLedgerStore(time: time.source, limits: Self.limits)
    for number in 0..<5_000 {
      if operations.oneIn(20) { time.advance(seconds: 10) }
      let record = number % 5 == 4 ? DecisionRecord(id: id(UInt64(1_000_000 + number)), bytes: [1]) : nil
      let submission = Submission(operations.chain().map { .event($0) }, record: record, authority: .operator)
      let expected = try await whole.commit(submission)
      let found: Committed
      do throws(StoreError) {
        found = try await sparse.commit(submission)
      } catch {
        let fault = try #require(await sparse.fault)
        #expect(fault.kind == kind)
        #expect(error.cause == fault.description && fault.description.hasPrefix("not_loaded: \(kind.rawValue)"))
        return
      }
      // As long as it doesn't matter, nothing is wrong.
      try #require(found.receipt == expected.receipt)
    }
    Issue.record("\(kind.rawValue) was never missed")
  }

  @Test func `an account that isn't loaded is no empty account`() throws {
    var loaded = WorkingSet()
    loaded.head = LedgerHead()
    loaded.past = .empty
    let event = LedgerEvent.posted(id(1), from: account("world"), to: account("alice"), ducats(1))
    let submission = Submission([.event(event)], authority: .operator)
    loaded.load(due: [], areAll: true, at: 1)
    loaded.accounts.keep(nil, of: AccountKey(account("world"), asset("DUC/2")))
    var state = LedgerState(loaded)
    #expect(state.needs(of: [submission], now: 1).accounts == [AccountKey(account("alice"), nil)])
    var changes = LedgerChanges()
    #expect(throws: NotLoaded(.account, "alice")) { try state.apply(submission, now: 1, changes: &changes) }
    loaded.accounts.keep(nil, of: AccountKey(account("alice"), nil))
    state = LedgerState(loaded)
    #expect(state.needs(of: [submission], now: 1).isEmpty)
    #expect(try state.apply(submission, now: 1, changes: &changes).outcomes == ["created"])
  }
}
