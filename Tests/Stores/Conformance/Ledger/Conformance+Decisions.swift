internal import Core
internal import Ledger

extension ConformanceCase {
  static let decisions = [
    ConformanceCase("a decision's record commits with its effects and is answered when it comes again") { store, _ in
      try await store.fund("alice", 100)
      let record = record(50, effects: [1])
      let chain = [LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))]
      try same(try await store.commit(chain, record: record).receipt.outcomes, ["created"])
      try same(try await store.record(id(50)), record.bytes)
      try same(try await store.entry(id(1))?.entry.idempotencyKey, id(50).description)
      let other = DecisionRecord(id: id(50), bytes: Array("other".utf8))
      try same(try await store.commit(chain, record: other).receipt, .repeated(record: record.bytes))
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
    ConformanceCase("the entries of a decision name its record, and so does one for a decision that moved nothing") {
      store, _ in
      try await store.fund("alice", 100)
      let first = record(50, effects: [1, 2])
      let chain = [1, 2].map { LedgerEvent.posted(id($0), from: account("alice"), to: account("bob"), ducats(10)) }
      try same(try await store.commit(chain, record: first).receipt.outcomes, ["created", "created"])
      for number in UInt64(1)...2 { try same(try await store.entry(id(number))?.entry.record, first.fingerprint) }
      // It is no part of what makes an event the same again.
      try same(try await store.send(chain[0]).outcomes, ["exists"])
      let idle = record(51)
      let changes = try await store.commit([], record: idle).changes
      try same(changes.entries.map(\.entry.kind), [.decision])
      try same(changes.entries.first?.entry.record, idle.fingerprint)
      try same(changes.entries.first?.entry.idempotencyKey, id(51).description)
      try same(changes.accounts, [])
      try same(try await store.entry(id(1_000_000))?.entry.record, nil)
      let head = try await store.head()
      try same(head.recordedFrom, 2)
      let report = try await store.verify(against: Checkpoint(ledger: store.ledgerID, head: head))
      try same(report.problem, nil)
      try same([report.entries, report.uncovered], [4, 0])
    },
    ConformanceCase("a decision whose transfers are there already is bound by an entry of its own") { store, _ in
      try await store.fund("alice", 100)
      let chain = [LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))]
      _ = try await store.send(chain[0])
      let committed = try await store.commit(chain, record: record(50, effects: [1]))
      try same(committed.receipt.outcomes, ["exists"])
      try same(committed.changes.entries.map(\.entry.kind), [.decision])
      try same(try await store.verify(against: nil).problem, nil)
    },
    ConformanceCase("verify names a transfer that isn't in its decision's record") { store, _ in
      try await store.fund("alice", 100)
      let chain = [LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(10))]
      _ = try await store.commit(chain, record: record(50))
      _ = try await store.send(.posted(id(2), from: account("alice"), to: account("bob"), ducats(10)))
      try same(try await store.verify(against: nil).problem?.sequence, 2)
    },
    ConformanceCase("verify names a record with a transfer that isn't there, or came later") { store, _ in
      try await store.fund("alice", 100)
      _ = try await store.send(.posted(id(1), from: account("alice"), to: account("bob"), ducats(10)))
      _ = try await store.commit([], record: record(50, effects: [2]))
      _ = try await store.send(.posted(id(2), from: account("alice"), to: account("bob"), ducats(10)))
      try same(try await store.verify(against: nil).problem?.sequence, 3)
    },
    ConformanceCase("verify names a record that can't be read") { store, _ in
      _ = try await store.commit([], record: DecisionRecord(id: id(50), bytes: [1]))
      try same(try await store.verify(against: nil).problem?.sequence, 1)
    },
    ConformanceCase("a refused effect leaves no trace and no record") { store, _ in
      try await store.fund("alice", 100)
      let chain = [
        LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(60)),
        LedgerEvent.posted(id(2), from: account("alice"), to: account("bob"), ducats(60)),
      ]
      let receipt = try await store.commit(chain, record: DecisionRecord(id: id(50), bytes: [1])).receipt
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
        try await store.commit(chain, record: record, reads: [read, absent]).receipt, .conflict([account("alice")]))
      try same(try await store.commit(chain, record: record, reads: [absent]).receipt.outcomes, ["created"])
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
        return Submission(chain: [event], record: record, reads: [read])
      }
      try same(try await store.commit(late)?.receipt.outcomes, ["created"])
      try same(try await store.figures("bob"), [100, 0, 100])
      try same(try await store.record(id(50)), [1])
      // Now bob is there, so nothing is brought.
      try same(try await store.commit(late)?.receipt, nil)
      let seen = LateSubmission { (look) throws(StoreError) in
        guard try look.entry(id(1))?.entry.idempotencyKey == id(50).description else { return nil }
        return Submission(chain: [], record: record, reads: [])
      }
      try same(try await store.commit(seen)?.receipt, .repeated(record: [1]))
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
      try same(try await store.sweep().closed.count, 1)
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
    ConformanceCase("accounts and holds are read a page at a time, in order") { store, _ in
      for number in UInt64(0)..<7 { try await store.fund("c:\(number)", 100, 100 + number) }
      for number in UInt64(0)..<5 {
        _ = try await store.send(.pending(id(200 + number), from: account("c:1"), to: account("d"), ducats(1)))
      }
      let all = try await store.allAccounts().map(\.key.text)
      try same(all, (0..<7).map { "c:\($0)" } + ["d", "world DUC/2"])
      var (paged, last) = ([String](), String?.none)
      while case let page = try await store.accounts(after: last, limit: 2).map(\.key.text), !page.isEmpty {
        try same(page.count <= 2, true)
        paged += page
        last = page.last
      }
      try same(paged, all)
      let first = try await store.openHolds(after: nil, limit: 2).map(\.id)
      try same(first, [id(200), id(201)])
      try same(try await store.openHolds(after: id(201), limit: 9).map(\.id), [202, 203, 204].map(id))
      try same(try await store.openHolds(after: id(204), limit: 9), [])
      let named = try await store.accounts(named: [account("d"), account("nobody"), account("c:3"), account("d")])
      try same(named.map(\.name.text), ["c:3", "d"])
      try same(try await store.accounts(named: []), [])
    },
    ConformanceCase("what names an entry is read a page at a time") { store, _ in
      try await store.fund("alice", 100, 1)
      for number in UInt64(0)..<5 {
        var event = LedgerEvent.posted(id(10 + number), from: account("alice"), to: account("world"), ducats(10))
        (event.kind, event.reverses) = (.reversal, id(1))
        try same(try await store.send(event).outcomes, ["created"])
      }
      let first = try await store.entries(naming: id(1), after: 0, limit: 2).map(\.entry)
      try same(first.map(\.id), [id(10), id(11)])
      let rest = try await store.entries(naming: id(1), after: first[1].sequence, limit: 10).map(\.entry.id)
      try same(rest, [12, 13, 14].map(id))
      try same(try await store.now() >= first[1].timestamp, true)
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
