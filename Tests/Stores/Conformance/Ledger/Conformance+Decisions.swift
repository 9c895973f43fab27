internal import Core
internal import Ledger

extension ConformanceCase {
  static let decisions = [
    ConformanceCase("a decision's record commits with its effects and is answered when it comes again") { store, _ in
      try await store.fund("alice", 100)
      let record = DecisionRecord(id: id(50), bytes: Array("decided".utf8))
      let chain = [LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))]
      try same(try await store.commit(chain, record: record).outcomes, ["created"])
      try same(try await store.record(id(50)), record.bytes)
      try same(try await store.entry(id(1))?.entry.idempotencyKey, id(50).description)
      let other = DecisionRecord(id: id(50), bytes: Array("other".utf8))
      try same(try await store.commit(chain, record: other), .repeated(record: record.bytes))
    },
    ConformanceCase("decision records are paged by id from the end") { store, _ in
      let records = [3, 0x8000_0000, 7, 5].map { DecisionRecord(id: id($0), bytes: [UInt8(truncatingIfNeeded: $0)]) }
      for record in records { _ = try await store.commit([], record: record) }
      try same(try await store.records(before: nil, limit: 3).map(\.id), [0x8000_0000, 7, 5].map(id))
      try same(try await store.records(before: id(7), limit: 5), [records[3], records[0]])
      try same(try await store.records(before: id(6), limit: 1), [records[3]])
      try same(try await store.records(before: id(3), limit: 5), [])
      try same(try await store.records(before: nil, limit: 0), [])
    },
    ConformanceCase("a refused effect leaves no trace and no record") { store, _ in
      try await store.fund("alice", 100)
      let chain = [
        LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(60)),
        LedgerEvent.posted(id(2), from: account("alice"), to: account("bob"), ducats(60)),
      ]
      let receipt = try await store.commit(chain, record: DecisionRecord(id: id(50), bytes: [1]))
      try same(receipt.refusal?.reason, .exceedsCredits)
      try same(try await store.record(id(50)), nil)
      try same(try await store.figures("alice"), [100, 0, 100])
      _ = try await store.commit([], record: DecisionRecord(id: id(50), bytes: [2]))
      try same(try await store.record(id(50)), [2])
    },
    ConformanceCase("a decision that read what has changed is a conflict") { store, _ in
      try await store.fund("alice", 100)
      let version = try await required(store.account(account("alice"))).version
      try await store.fund("alice", 1, 2)
      let read = BalanceRead(account: account("alice"), version: version)
      let absent = BalanceRead(account: account("bob"), version: 0)
      let chain = [LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(60))]
      let record = DecisionRecord(id: id(50), bytes: [1])
      try same(
        try await store.commit(chain, record: record, reads: [read, absent]), .conflict([account("alice")]))
      try same(try await store.commit(chain, record: record, reads: [absent]).outcomes, ["created"])
    },
    ConformanceCase("a late submission sees the ledger as it is, and commits as any other") { store, _ in
      try await store.fund("alice", 100)
      let record = DecisionRecord(id: id(50), bytes: [1])
      let late = LateSubmission { (look) throws(StoreError) in
        guard let alice = try look.account(account("alice")), try look.account(account("bob")) == nil,
          try look.entry(id(1)) == nil
        else { return nil }
        let all = Amount(alice.balances.available, ducats(0).asset)
        let event = LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), all)
        let read = BalanceRead(account: account("alice"), version: alice.version)
        return Submission(chain: [event], record: record, reads: [read], authority: .rule)
      }
      try same(try await store.commit(late)?.outcomes, ["created"])
      try same(try await store.figures("bob"), [100, 0, 100])
      try same(try await store.record(id(50)), [1])
      // Now bob is there, so nothing is brought.
      try same(try await store.commit(late), nil)
      let seen = LateSubmission { (look) throws(StoreError) in
        guard try look.entry(id(1))?.entry.idempotencyKey == id(50).description else { return nil }
        return Submission(chain: [], record: record, reads: [], authority: .rule)
      }
      try same(try await store.commit(seen), .repeated(record: [1]))
    },
  ]

  static let reading = [
    ConformanceCase("the ledger verifies, also against an old checkpoint") { store, time in
      try await store.fund("alice", 100)
      let checkpoint = Checkpoint(ledger: store.ledgerID, head: try await store.head())
      _ = try await store.send(
        .account(id(1), account("bob"), isClosed: false),
        .pending(id(2), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: 1),
        .pending(id(3), from: account("alice"), to: account("bob"), ducats(10)), .post(id(4), id(3), ducats(5)))
      time.advance(seconds: 2)
      try same(try await store.sweep(), 1)
      let report = try await store.verify(against: checkpoint)
      try same(report.problem, nil)
      try same(report.entries, 6)
      var other = checkpoint
      other.head[0] ^= 1
      try same(try await store.verify(against: other).problem?.sequence, 1)
      other = checkpoint
      other.size = 9
      try same(try await store.verify(against: other).problem?.sequence, 7)
    },
    ConformanceCase("a refused operation leaves every balance as it was") { store, _ in
      try await store.fund("alice", 100)
      let before = try await store.allAccounts()
      _ = try await store.send(.posted(id(1), from: account("alice"), to: account("new"), ducats(101)))
      try same(try await store.allAccounts(), before)
      try same(try await store.account(account("new")), nil)
    },
    ConformanceCase("a closed store takes nothing more") { store, _ in
      await store.close()
      await store.close()
      do {
        try await store.fund("alice", 100)
        throw Broken(description: "it took a transfer")
      } catch let error as StoreError {
        try same(error.code, .closed)
      }
    },
  ]
}
