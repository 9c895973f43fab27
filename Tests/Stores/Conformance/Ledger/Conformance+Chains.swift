internal import Core
internal import Ledger

extension ConformanceCase {
  private static func linked(_ event: LedgerEvent) -> LedgerEvent {
    var event = event
    event.isLinked = true
    return event
  }

  private static func pay(_ number: UInt64, _ from: String, _ to: String, _ minor: Int64) -> LedgerEvent {
    .posted(id(number), from: account(from), to: account(to), ducats(minor))
  }

  static let chains = [
    ConformanceCase("a chain succeeds or fails whole, the first failure says why") { store, _ in
      try await store.fund("alice", 100)
      let receipt = try await store.send(
        linked(pay(1, "alice", "bob", 60)), linked(pay(2, "alice", "carol", 60)), pay(3, "bob", "carol", 1),
        linked(pay(4, "alice", "bob", 60)), pay(5, "bob", "carol", 10))
      try same(
        receipt.outcomes,
        ["linked_event_failed", "exceeds_credits", "linked_event_failed", "created", "created"])
      try same(try await store.figures("bob"), [50, 0, 50])
      try same(try await store.figures("carol"), [10, 0, 10])
      try same(try await store.entry(id(5))?.entry.chain, id(4))
    },
    ConformanceCase("of a failed chain only the failing id is used up") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(linked(pay(1, "alice", "bob", 60)), pay(2, "alice", "carol", 60))
      try same(
        try await store.send(pay(1, "alice", "bob", 60), pay(2, "alice", "carol", 1)).outcomes,
        ["created", "id_already_failed"])
    },
    ConformanceCase("a chain sent again exists whole") { store, _ in
      try await store.fund("alice", 100)
      let (first, second) = (linked(pay(1, "alice", "bob", 60)), pay(2, "bob", "carol", 60))
      try same(try await store.send(first, second).outcomes, ["created", "created"])
      try same(try await store.send(first, second).outcomes, ["exists", "exists"])
    },
    ConformanceCase("a chain that doesn't end is refused") { store, _ in
      try await store.fund("alice", 100)
      let receipt = try await store.send(pay(1, "alice", "bob", 1), linked(pay(2, "alice", "bob", 1)))
      try same(receipt.outcomes, ["created", "linked_event_chain_open"])
      try same(try await store.send(pay(2, "alice", "bob", 1)).outcomes, ["created"])
    },
    ConformanceCase("a malformed event keeps its place and fails its chain") { store, _ in
      try await store.fund("alice", 100)
      let receipt = try await store.commit(
        Submission(
          [
            .event(linked(pay(1, "alice", "bob", 1))), .malformed(.invalidAmount, isLinked: false),
            .event(pay(2, "alice", "bob", 1)),
          ], authority: .operator)
      ).receipt
      try same(receipt.outcomes, ["linked_event_failed", "invalid_amount", "created"])
    },
  ]

  static let accounts = [
    ConformanceCase("a closed account takes no transfers and no posts, voids go through") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(
        .pending(id(1), from: account("alice"), to: account("bob"), ducats(10)),
        .pending(id(2), from: account("alice"), to: account("bob"), ducats(10)),
        .account(id(3), account("bob"), isClosed: true))
      let receipt = try await store.send(
        pay(4, "alice", "bob", 1), pay(5, "bob", "alice", 1), .post(id(6), id(1)), .void(id(7), id(2)))
      try same(receipt.outcomes, ["account_closed", "account_closed", "account_closed", "created"])
      try same(try await store.account(account("bob"))?.flags, ["no_overdraft", "closed"])
      let opened = try await store.send(.account(id(8), account("bob"), isClosed: false), pay(9, "alice", "bob", 1))
      try same(opened.outcomes, ["created", "created"])
    },
    ConformanceCase("a floor is set while the account is empty and then holds") { store, _ in
      _ = try await store.send(.account(id(1), account("uplift"), floor: -500))
      try same(
        try await store.send(pay(2, "uplift", "bob", 501), pay(3, "uplift", "bob", 500)).outcomes,
        ["exceeds_credits", "created"])
      try same(try await store.send(.account(id(4), account("uplift"), floor: -900)).outcomes, ["account_not_empty"])
      try same(try await store.account(account("uplift"))?.floor, -500)
      try same(try await store.send(.account(id(5), account("x"), floor: 1)).outcomes, ["invalid_floor"])
      try same(try await store.send(.account(id(6), account("world"), isClosed: true)).outcomes, ["account_is_world"])
    },
  ]

  static let reversals = [
    ConformanceCase("a reversal mirrors its original, never exceeds it, and comes once") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(linked(pay(1, "alice", "bob", 60)), pay(2, "bob", "fees", 5))
      let originals = try await [required(store.entry(id(1))?.entry), required(store.entry(id(2))?.entry)]
      var number: UInt64 = 10
      let chain = LedgerEvent.reversal(of: originals) {
        number += 1
        return id(number)
      }
      try same(chain.map(\.reverses), [id(2), id(1)])
      try same(
        try await store.commit(Submission(chain.map { .event($0) }, authority: .operator)).receipt.outcomes,
        ["created", "created"])
      try same(try await store.figures("alice"), [100, 0, 100])
      try same(try await store.entries(naming: id(1)).map(\.entry.id), [id(12)])
      var again = chain[0]
      again.id = id(20)
      again.isLinked = false
      try same(try await store.send(again).outcomes, ["already_reversed"])
    },
    ConformanceCase("reversals in parts stop at the original's amount") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(pay(1, "alice", "bob", 60))
      func part(_ number: UInt64, _ minor: Int64) -> LedgerEvent {
        var event = LedgerEvent.posted(id(number), from: account("bob"), to: account("alice"), ducats(minor))
        (event.kind, event.reverses) = (.reversal, id(1))
        return event
      }
      try same(
        try await store.send(part(2, 40), part(3, 21), part(4, 20), part(5, 1)).outcomes,
        ["created", "exceeds_original_amount", "created", "already_reversed"])
      var wrong = part(6, 1)
      wrong.from = account("carol")
      try same(try await store.send(wrong).outcomes, ["reversal_does_not_mirror_original"])
    },
    ConformanceCase("what belongs to one kind of event makes any other malformed") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(pay(1, "alice", "bob", 60))
      var events = [pay(2, "bob", "alice", 60), pay(3, "bob", "alice", 60), pay(4, "bob", "alice", 60)]
      events[0].reverses = id(1)
      events[1].floor = -1
      events[2].isClosed = true
      var change = LedgerEvent.account(id(5), account("bob"), isClosed: true)
      change.pendingID = id(1)
      let outcomes = try await store.commit(Submission((events + [change]).map { .event($0) }, authority: .operator))
        .receipt.outcomes
      try same(outcomes, ["invalid_event", "invalid_event", "invalid_event", "pending_id_must_be_absent"])
      var whole = pay(6, "bob", "alice", 60)
      (whole.kind, whole.reverses) = (.reversal, id(1))
      try same(try await store.send(whole).outcomes, ["created"])
    },
    ConformanceCase("a forced reversal books the shortage to a receivable account") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(
        pay(1, "alice", "bob", 60), pay(2, "bob", "carol", 45), .account(id(3), account("receivable:bob"), floor: -60))
      let original = try await required(store.entry(id(1))?.entry)
      var number: UInt64 = 10
      let chain = LedgerEvent.reversal(of: [original], shortages: [account("bob"): 45]) {
        number += 1
        return id(number)
      }
      try same(
        try await store.commit(Submission(chain.map { .event($0) }, authority: .operator)).receipt.outcomes,
        ["created", "created"])
      try same(try await store.figures("bob"), [0, 0, 0])
      try same(try await store.figures("receivable:bob"), [-45, 0, -45])
      try same(try await store.figures("alice"), [100, 0, 100])
    },
  ]
}
