internal import Core
internal import Ledger

extension ConformanceCase {
  private static func changed(_ change: (inout LedgerEvent) -> Void) -> LedgerEvent {
    var event = LedgerEvent.pending(
      id(1), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: 60)
    event.code = "1"
    event.reference = "r"
    event.metadata = ["k": "v"]
    change(&event)
    return event
  }

  static let idempotency = [
    ConformanceCase("the same transfer again answers as it did the first time") { store, time in
      try await store.fund("alice", 1_000)
      let event = LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))
      let first = try required(try await store.send(event).results.first)
      time.advance(seconds: 5)
      try await store.fund("alice", 7, 2)
      var second = try required(try await store.send(event).results.first)
      try same(second.status, .exists)
      second.status = .created
      try same(second, first)
      try same(try await store.head().sequence, 3)
    },
    ConformanceCase("the same id with other content is refused with the first differing field") { store, _ in
      try await store.fund("alice", 1_000)
      try same(try await store.send(changed { _ in }).outcomes, ["created"])
      let changes: [(String, @Sendable (inout LedgerEvent) -> Void)] = [
        ("from", { $0.from = account("carol") }), ("to", { $0.to = account("carol") }),
        ("amount", { $0.amount = ducats(11) }), ("asset", { $0.amount = Amount(10, asset("USD/2")) }),
        ("kind", { ($0.kind, $0.timeoutSeconds) = (.posted, 0) }),
        ("timeout", { $0.timeoutSeconds = 61 }), ("code", { $0.code = "2" }),
        ("reference", { $0.reference = "s" }), ("metadata", { $0.metadata = ["k": "w"] }),
      ]
      for (field, change) in changes {
        try same(try await store.send(changed(change)).outcomes, ["exists_with_different_\(field)"])
      }
      _ = try await store.send(.post(id(2), id(1)))
      try same(try await store.send(.post(id(2), id(3))).outcomes, ["exists_with_different_pending_id"])
      try same(try await store.send(.post(id(2), id(1))).outcomes, ["exists"])
      try same(try await store.send(.post(id(2), id(1), ducats(9))).outcomes, ["exists_with_different_amount"])
    },
    ConformanceCase("two spellings of one text are other content") { store, _ in
      try await store.fund("alice", 1_000)
      let (one, other) = ("caf\u{E9}", "cafe\u{301}")
      try same(one, other)
      func spelled(_ code: String, _ reference: String, _ key: String, _ value: String) -> LedgerEvent {
        changed { event in
          (event.code, event.reference, event.metadata) = (code, reference, [ExactText(key): value])
        }
      }
      let outcomes = try await store.send(
        spelled(one, one, one, one), spelled(one, one, one, one), spelled(other, one, one, one),
        spelled(one, other, one, one), spelled(one, one, other, one), spelled(one, one, one, other)
      ).outcomes
      try same(
        outcomes,
        [
          "created", "exists", "exists_with_different_code", "exists_with_different_reference",
          "exists_with_different_metadata", "exists_with_different_metadata",
        ])
    },
    ConformanceCase("a refusal is remembered, even when funds arrive") { store, _ in
      try await store.fund("alice", 10)
      let event = LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(100))
      try same(try await store.send(event).outcomes, ["exceeds_credits"])
      try await store.fund("alice", 1_000, 2)
      let result = try required(try await store.send(event).results.first)
      try same(result.reason, .idAlreadyFailed)
      try same(result.firstReason, .exceedsCredits)
    },
    ConformanceCase("twice in one batch, the second exists") { store, _ in
      let event = LedgerEvent.posted(id(1), from: account("world"), to: account("bob"), ducats(100))
      try same(try await store.send(event, event).outcomes, ["created", "exists"])
      try same(try await store.figures("bob"), [100, 0, 100])
    },
    ConformanceCase("sent fifty times at once, it is one row and fifty equal answers") { store, _ in
      let event = LedgerEvent.posted(id(1), from: account("world"), to: account("bob"), ducats(100))
      let answers = try await withThrowingTaskGroup(of: EventResult?.self) { group in
        for _ in 0..<50 { group.addTask { try await store.send(event).results.first } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try same(answers.filter { $0?.status == .created }.count, 1)
      try same(Set(answers.map { $0?.sequence }), [1])
      try same(try await store.head().sequence, 1)
    },
  ]
}
