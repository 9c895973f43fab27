internal import Core
internal import Ledger

extension ConformanceCase {
  private static let day: Int64 = 86_400

  /// What the host asks for when a rule takes one of `name` in `period`.
  private static func count(_ number: UInt64, _ period: String, _ name: String = "n") -> LedgerEvent {
    var event = LedgerEvent.posted(
      id(number), from: account("world"), to: account("limit:\(period):\(name)"), ducats(1))
    event.limit = #"{"name":"\#(name)","most":5,"per":"day"}"#
    return event
  }

  // The clock begins on 14 November 2023.
  static let limits = [
    ConformanceCase("an entry that counts a limit says which") { store, _ in
      try same(try await store.send(count(1, "2023-11-14")).outcomes, ["created"])
      try same(try await store.entry(id(1))?.entry.limit, count(1, "").limit)
      try same(try await store.entry(id(1))?.entry.callerMetadata.isEmpty, true)
      try same(try await store.figures("limit:2023-11-14:n"), [1, 0, 1])
      try same(try await store.send(count(1, "2023-11-14")).outcomes, ["exists"])
    },
    ConformanceCase("nobody but the host counts limits, and it counts them nowhere else") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(count(1, "2023-11-14"))
      let (alice, counter) = (account("alice"), account("limit:2023-11-14:n"))
      var elsewhere = count(6, "2023-11-14")
      elsewhere.to = account("bob")
      let receipt = try await store.send(
        .posted(id(2), from: alice, to: counter, ducats(1)), .posted(id(3), from: counter, to: alice, ducats(1)),
        .pending(id(4), from: alice, to: counter, ducats(1)), .account(id(5), counter, isClosed: true), elsewhere,
        .posted(id(7), from: alice, to: account("limit:speed"), ducats(1)))
      try same(
        receipt.outcomes, ["invalid_to", "invalid_from", "invalid_to", "invalid_from", "invalid_to", "created"])
    },
    ConformanceCase("a count is kept for 400 days after its period, and then only its entries are") { store, time in
      try await store.fund("alice", 100)
      for (number, period) in zip(UInt64(1)..., ["2023-11-14T22", "2023-11-14", "2023-11", "2023-11-30"]) {
        _ = try await store.send(count(number, period))
      }
      func kept() async throws -> [String] {
        try await store.accounts(after: "limit:", limit: 10).map(\.key.text).filter { LimitCounts.isCount($0) }
      }
      time.advance(seconds: 400 * day)
      try await store.fund("alice", 1, 1_000_001)
      _ = try await store.sweep()
      try same(try await kept().count, 4)
      time.advance(seconds: 4 * day)
      // Until something is written, nobody who reads the ledger knows how late it is.
      _ = try await store.sweep()
      try same(try await kept().count, 4)
      try await store.fund("alice", 1, 1_000_002)
      _ = try await store.sweep()
      try same(try await kept(), ["limit:2023-11-30:n", "limit:2023-11:n"])
      try same(try await store.entry(id(1))?.entry.kind, .posted)
      try same(try await store.send(count(5, "2023-11-14")).outcomes, ["account_closed"])
      try same(try await store.verify(against: nil).problem, nil)
      time.advance(seconds: 20 * day)
      try await store.fund("alice", 1, 1_000_003)
      _ = try await store.sweep()
      try same(try await kept(), [])
      try same(try await store.figures("alice"), [103, 0, 103])
      try same(try await store.verify(against: nil).problem, nil)
    },
  ]
}
