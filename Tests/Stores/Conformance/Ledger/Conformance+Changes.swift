internal import Core
internal import Ledger

extension ConformanceCase {
  static let changes = [
    ConformanceCase("a commit tells what it changed") { store, _ in
      try await store.fund("alice", 100)
      let hold = LedgerEvent.pending(id(2), from: account("alice"), to: account("bob"), ducats(20))
      let committed = try await store.commit(
        Submission(
          [.event(.posted(id(1), from: account("alice"), to: account("bob"), ducats(30))), .event(hold)]))
      try same(committed.receipt.outcomes, ["created", "created"])
      let changes = committed.changes
      try same(changes.entries.map(\.entry.id), [id(1), id(2)])
      try same(changes.opened.map(\.id), [id(2)])
      try same(changes.accounts.last { $0.name == account("alice") }, try await store.account(account("alice")))
      try same(changes.accounts.last { $0.name == account("bob") }?.version, 3)
      let again = try await store.commit(Submission([.event(hold)])).changes
      try same(again.isEmpty && again.accounts.isEmpty, true)
    },
    ConformanceCase("whoever commits next hears of what expired before") { store, time in
      try await store.fund("alice", 100)
      _ = try await store.send(
        .pending(id(1), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: 1),
        .pending(id(2), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: 3))
      time.advance(seconds: 2)
      let next = LedgerEvent.posted(id(3), from: account("alice"), to: account("carol"), ducats(1))
      let changes = try await store.commit(Submission([.event(next)])).changes
      try same(changes.closed, [id(1)])
      try same(changes.entries.map(\.entry.isExpiry), [true, false])
      try same(changes.accounts.last { $0.name == account("alice") }, try await store.account(account("alice")))
      time.advance(seconds: 2)
      let swept = try await store.sweep()
      try same(swept.closed, [id(2)])
      try same(swept.accounts.first { $0.name == account("alice") }?.balances.pending, 0)
    },
    ConformanceCase("what expired before somebody who brought nothing is told to whoever comes next") { store, time in
      try await store.fund("alice", 100)
      _ = try await store.send(
        .pending(id(1), from: account("alice"), to: account("bob"), ducats(10), timeoutSeconds: 1))
      time.advance(seconds: 2)
      try same(try await store.commit(LateSubmission { (_) throws(StoreError) in nil })?.receipt, nil)
      try same(try await store.sweep().closed, [id(1)])
      try same(try await store.sweep().closed, [])
    },
    ConformanceCase("the changes of all commits, in any order, come to the accounts that are kept") { store, time in
      try await store.fund("alice", 100_000)
      var known: [AccountKey: Account] = [:]
      for account in try await store.allAccounts() { known[account.key] = account }
      try await withThrowingTaskGroup(of: [LedgerChanges].self) { group in
        for caller in UInt64(0)..<8 {
          group.addTask {
            var all: [LedgerChanges] = []
            for number in UInt64(0)..<12 {
              if number % 4 == 3 { time.advance(seconds: 1) }
              let event = LedgerEvent.pending(
                id(1_000 * caller + number), from: account("alice"), to: account("shop:\(caller % 3)"), ducats(1),
                timeoutSeconds: number % 2 == 0 ? 1 : 0)
              all.append(try await store.commit(Submission([.event(event)])).changes)
            }
            return all
          }
        }
        for try await changes in group {
          for account in changes.flatMap(\.accounts) where account.version > known[account.key]?.version ?? 0 {
            known[account.key] = account
          }
        }
      }
      let kept = try await store.allAccounts()
      try same(known.count, kept.count)
      for account in kept { try same(known[account.key], account) }
    },
    ConformanceCase("each event of a chain has an authority of its own") { store, _ in
      let (world, alice) = (account("world"), account("alice"))
      let income = LedgerEvent.posted(id(1), from: world, to: alice, ducats(10)).asked(by: .operator)
      var other = LedgerEvent.posted(id(2), from: world, to: alice, ducats(10))
      var record = DecisionRecord(id: id(50), bytes: [1])
      let refused = try await store.commit([income, other], record: record).receipt
      try same(refused.outcomes, ["linked_event_failed", "operator_required"])
      let change = LedgerEvent.account(id(3), alice, floor: -5)
      try same(
        try await store.commit([change, income], record: record).receipt.outcomes,
        ["operator_required", "linked_event_failed"])
      other.from = alice
      other.to = account("bob")
      record.bytes = [2]
      try same(
        try await store.commit([change.asked(by: .operator), income, other], record: record).receipt.outcomes,
        ["created", "created", "created"])
      // Who asks is no part of what makes an event the same again.
      try same(try await store.send(other, authority: .operator).outcomes, ["exists"])
    },
  ]
}
