internal import Core
internal import Ledger

extension ConformanceCase {
  private static func pending(_ number: UInt64, _ minor: Int64, timeout: UInt32 = 0) -> LedgerEvent {
    .pending(id(number), from: account("alice"), to: account("bob"), ducats(minor), timeoutSeconds: timeout)
  }

  static let holds = [
    ConformanceCase("a hold counts against the limit when taken") { store, _ in
      try await store.fund("alice", 5_000)
      let events = (0..<6).map { SubmittedEvent.event(pending(UInt64($0), 1_000)) }
      let receipt = try await store.commit(Submission(events, authority: .operator)).receipt
      try same(receipt.outcomes, Array(repeating: "created", count: 5) + ["exceeds_credits"])
      try same(try await store.figures("alice"), [5_000, 5_000, 0])
      let transfer = LedgerEvent.posted(id(10), from: account("alice"), to: account("bob"), ducats(1))
      try same(try await store.send(transfer).outcomes, ["exceeds_credits"])
    },
    ConformanceCase("a post takes its part of the hold and releases the rest") { store, _ in
      try await store.fund("alice", 1_000)
      _ = try await store.send(pending(1, 600))
      try same(try await store.send(.post(id(2), id(1), ducats(601))).outcomes, ["exceeds_pending_transfer_amount"])
      try same(try await store.send(.post(id(3), id(1), ducats(250))).outcomes, ["created"])
      try same(try await store.figures("alice"), [750, 0, 750])
      try same(try await store.figures("bob"), [250, 0, 250])
      try same(try await store.openHolds(), [])
    },
    ConformanceCase("a hold is resolved once") { store, _ in
      try await store.fund("alice", 1_000)
      _ = try await store.send(pending(1, 100), pending(2, 100))
      let receipt = try await store.send(
        .post(id(3), id(1)), .void(id(4), id(1)), .post(id(5), id(1)),
        .void(id(6), id(2)), .post(id(7), id(2)), .void(id(8), id(2)))
      try same(
        receipt.outcomes,
        [
          "created", "pending_transfer_already_posted", "pending_transfer_already_posted",
          "created", "pending_transfer_already_voided", "pending_transfer_already_voided",
        ])
      try same(try await store.send(.post(id(9), id(1))).outcomes, ["pending_transfer_already_posted"])
      try same(try await store.figures("alice"), [900, 0, 900])
    },
    ConformanceCase("post and void raced, one of them resolves the hold") { store, _ in
      try await store.fund("alice", 1_000)
      _ = try await store.send(pending(1, 100))
      async let post = store.send(.post(id(2), id(1)))
      async let void = store.send(.void(id(3), id(1)))
      let outcomes = try await [post.outcomes[0], void.outcomes[0]]
      try same(outcomes.filter { $0 == "created" }.count, 1)
      try same(try await store.entries(naming: id(1)).count, 1)
    },
    ConformanceCase("what is no hold can't be resolved, and what the hold says can't be contradicted") { store, _ in
      try await store.fund("alice", 1_000)
      _ = try await store.send(pending(1, 100))
      var other = LedgerEvent.post(id(2), id(1))
      other.from = account("bob")
      var otherTo = LedgerEvent.post(id(3), id(1))
      otherTo.to = account("carol")
      let receipt = try await store.send(
        other, otherTo, .post(id(4), id(1), Amount(1, asset("USD/2"))), .post(id(5), id(99)),
        .post(id(6), id(1_000_000)))
      try same(
        receipt.outcomes,
        [
          "pending_transfer_has_different_from", "pending_transfer_has_different_to",
          "pending_transfer_has_different_asset", "pending_transfer_not_found", "pending_transfer_not_pending",
        ])
    },
    ConformanceCase("a hold expires at its second exactly, swept or not, and its money comes back") { store, time in
      try await store.fund("alice", 1_000)
      _ = try await store.send(pending(1, 600, timeout: 10), pending(2, 300, timeout: 11))
      time.advance(seconds: 9)
      try same(try await store.sweep().closed.count, 0)
      time.advance(seconds: 1)
      let early = try await store.send(.post(id(3), id(2), ducats(300)))
      try same(early.outcomes, ["created"])
      time.advance(seconds: 1)
      try same(
        try await store.send(.post(id(4), id(1)), .void(id(5), id(1))).outcomes,
        [
          "pending_transfer_expired", "pending_transfer_expired",
        ])
      try same(try await store.figures("alice"), [700, 0, 700])
      try same(try await store.entries(naming: id(1)).map(\.entry.isExpiry), [true])
      try same(try await store.sweep().closed.count, 0)
    },
    ConformanceCase("no jump of the wall clock releases a hold") { store, time in
      try await store.fund("alice", 1_000)
      _ = try await store.send(pending(1, 600, timeout: 10))
      let before = try await store.now()
      time.jump(seconds: 86_400)
      try same(try await store.now(), before)
      try same(try await store.sweep().closed.count, 0)
      time.jump(seconds: -90_000)
      try same(try await store.send(.post(id(2), id(1))).outcomes, ["created"])
    },
  ]
}
