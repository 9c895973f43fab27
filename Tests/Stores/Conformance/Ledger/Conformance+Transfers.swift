internal import Core
internal import Ledger

extension ConformanceCase {
  static let transfers = [
    ConformanceCase("a transfer moves money and says the balances after it") { store, _ in
      try await store.fund("alice", 1_000)
      let receipt = try await store.send(.posted(id(1), from: account("alice"), to: account("bob"), ducats(400)))
      let result = try required(receipt.results.first)
      try same(result.status, .created)
      try same(result.sequence, 2)
      try same(result.balances.map(\.balances.posted), [600, 400])
      try same(try await store.figures("alice"), [600, 0, 600])
      try same(try await store.figures("bob"), [400, 0, 400])
      try same(try await store.figures("world"), [-1_000, 0, -1_000])
    },
    ConformanceCase("texts come back byte by byte, also control characters and names that look alike") { store, _ in
      let text = "a\u{1}b\u{E9}e\u{301}\u{212A}\r\n\u{FEFF}\u{202E}"
      var event = LedgerEvent.posted(
        id(1), from: account("world"), to: account("a"), ducats(1), reference: text,
        metadata: ["e\u{301}": "1", "\u{E9}": text, "\u{1}": "\u{1}"])
      event.code = text
      try same(try await store.send(event).outcomes, ["created"])
      try same(try await store.send(event).outcomes, ["exists"])
      let entry = try required(try await store.entry(id(1))).entry
      try same(Array(entry.reference.utf8), Array(text.utf8))
      let metadata = entry.metadata
      try same(metadata["e\u{301}"], "1")
      try same(metadata["\u{E9}"].map { Array($0.utf8) }, Array(text.utf8))
      try same(metadata["\u{1}"].map { Array($0.utf8) }, [1])
    },
    ConformanceCase("nothing leaves an account below its floor") { store, _ in
      try await store.fund("alice", 100)
      let receipt = try await store.send(
        .posted(id(1), from: account("alice"), to: account("bob"), ducats(101)),
        .posted(id(2), from: account("alice"), to: account("bob"), ducats(100)))
      try same(receipt.outcomes, ["exceeds_credits", "created"])
    },
    ConformanceCase("amounts are exact from 0 to 2^63-1 and totals never overflow") { store, _ in
      let receipt = try await store.send(
        .posted(id(1), from: account("world"), to: account("a"), ducats(0)),
        .posted(id(2), from: account("world"), to: account("a"), ducats(1)),
        .posted(id(3), from: account("world"), to: account("a"), ducats(1 << 53 + 1)),
        .posted(id(4), from: account("world"), to: account("a"), ducats(.max)),
        .posted(id(5), from: account("world"), to: account("b"), Amount(.max, asset("X"))),
        .posted(id(6), from: account("b"), to: account("c"), Amount(.max, asset("X"))),
        .posted(id(7), from: account("world"), to: account("c"), Amount(1, asset("X"))))
      try same(
        receipt.outcomes,
        ["created", "created", "created", "overflows_debits", "created", "created", "overflows_debits"])
      try same(try await store.figures("a"), [1 << 53 + 2, 0, 1 << 53 + 2])
      try same(try await store.figures("c"), [.max, 0, .max])
    },
    ConformanceCase("what an account was ever credited never overflows") { store, _ in
      _ = try await store.send(.account(id(1), account("debtor"), floor: -.max))
      let receipt = try await store.send(
        .posted(id(2), from: account("world"), to: account("a"), ducats(1)),
        .posted(id(3), from: account("debtor"), to: account("a"), ducats(.max)),
        .pending(id(4), from: account("debtor"), to: account("a"), ducats(.max)),
        .posted(id(5), from: account("debtor"), to: account("a"), ducats(.max - 1)),
        .posted(id(6), from: account("debtor"), to: account("b"), ducats(2)))
      try same(
        receipt.outcomes, ["created", "overflows_credits", "overflows_credits", "created", "overflows_debits"])
      try same(try await store.figures("a"), [.max, 0, .max])
      try same(try await store.figures("debtor"), [1 - .max, 0, 1 - .max])
    },
    ConformanceCase("many transfers at once on one hot account are all taken, none twice") { store, _ in
      try await store.fund("hot", 400)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in UInt64(0)..<400 {
          group.addTask {
            let (from, to) = number.isMultiple(of: 2) ? ("hot", "other:\(number % 7)") : ("world", "hot")
            let event = LedgerEvent.posted(id(number), from: account(from), to: account(to), ducats(1))
            try same(try await store.send(event).outcomes, ["created"])
          }
        }
        try await group.waitForAll()
      }
      try same(try await store.figures("hot"), [400, 0, 400])
      try same(try await store.head().sequence, 401)
    },
    ConformanceCase("an account keeps the asset of its first transfer, world has totals per asset") { store, _ in
      try await store.fund("alice", 100)
      let receipt = try await store.send(
        .posted(id(1), from: account("world"), to: account("alice"), Amount(1, asset("USD/2"))),
        .posted(id(2), from: account("alice"), to: account("bob"), Amount(1, asset("USD/2"))),
        .posted(id(3), from: account("world"), to: account("carol"), Amount(7, asset("USD/2"))))
      try same(
        receipt.outcomes, ["to_account_has_different_asset", "from_account_has_different_asset", "created"])
      let worlds = try await store.accounts(named: account("world"))
      try same(worlds.map(\.balances.posted), [-100, -7])
      try same(worlds.map(\.asset?.name), ["DUC/2", "USD/2"])
    },
    ConformanceCase("a rule can't debit the world, an operator can") { store, _ in
      let event = LedgerEvent.posted(id(1), from: account("world"), to: account("alice"), ducats(1))
      try same(try await store.send(event, authority: .rule).outcomes, ["operator_required"])
      try same(try await store.send(event).outcomes, ["created"])
    },
    ConformanceCase("a malformed event is refused by itself and not remembered") { store, _ in
      try await store.fund("alice", 100)
      var event = LedgerEvent.posted(id(1), from: account("alice"), to: account("alice"), ducats(1))
      try same(try await store.send(event).outcomes, ["accounts_must_be_different"])
      event.to = account("bob")
      event.metadata = ["_code": "x"]
      try same(try await store.send(event).outcomes, ["reserved_metadata_key"])
      event.metadata = [:]
      event.amount = ducats(-1)
      try same(try await store.send(event).outcomes, ["invalid_amount"])
      event.amount = ducats(1)
      event.timeoutSeconds = 1
      try same(try await store.send(event).outcomes, ["timeout_reserved_for_pending_transfer"])
      event.timeoutSeconds = 0
      try same(try await store.send(event).outcomes, ["created"])
    },
    ConformanceCase("sequence and time increase whatever the wall clock does") { store, time in
      try await store.fund("alice", 100)
      time.jump(seconds: -3_600)
      try await store.fund("alice", 1, 1)
      time.jump(seconds: 86_400)
      try await store.fund("alice", 1, 2)
      let rows = try await store.rows(after: 0, limit: 10)
      try same(rows.map(\.sequence), [1, 2, 3])
      let times = rows.compactMap { $0.stored?.entry.timestamp }
      try same(times, Set(times).sorted())
      try hold(times[2] - times[0] < 1_000_000_000, "the clock jumped")
    },
  ]
}
