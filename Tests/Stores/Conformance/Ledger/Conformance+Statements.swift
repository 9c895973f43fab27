internal import Core
internal import Ledger

extension ConformanceCase {
  static let statements = [
    ConformanceCase("a statement is an entry that moves nothing, and its attachment is found by its hash") { store, _ in
      try await store.fund("alice", 100)
      let statement = Statement(
        id: id(1), kind: .governance, metadata: ["step": "founded"], attachment: Array("an envelope".utf8))
      let committed = try await store.commit(Submission(statement))
      let result = try required(committed.receipt.results.first)
      try same(result.status, .created)
      try same(result.sequence, 2)
      try same(committed.changes.accounts, [])
      let stored = try required(try await store.entry(id(1)))
      try same(stored.entry.kind, .governance)
      try same(stored.entry.postings, [])
      try same(stored.entry.attachment, statement.attachment?.hash)
      let hash = try required(stored.entry.attachment)
      try same(try await store.attachment(hash), Array("an envelope".utf8))
      try same(try await store.attachment(String(hash.utf8.reversed().map { Character(Unicode.Scalar($0)) })), nil)
      try same(try await store.figures("alice"), [100, 0, 100])
      let report = try await store.verify(against: nil)
      try same(report.problem, nil)
    },
    ConformanceCase("the same statement again is the same entry") { store, _ in
      let statement = Statement(id: id(1), kind: .governance, metadata: [:], attachment: [1])
      _ = try await store.commit(Submission(statement))
      let again = try await store.commit(Submission(statement))
      try same(try required(again.receipt.results.first).status, .exists)
      try same(again.changes.entries.count, 0)
      try same(try await store.head().sequence, 1)
    },
    ConformanceCase("steps of governance are found among other entries, a page at a time") { store, _ in
      for number in 1...3 as ClosedRange<UInt64> {
        try await store.fund("alice", 100, 100 + number)
        _ = try await store.commit(
          Submission(Statement(id: id(number), kind: .governance, metadata: ["number": "\(number)"])))
        _ = try await store.commit(
          Submission(Statement(id: id(10 + number), kind: .operatorAct, metadata: ["number": "\(number)"])))
      }
      let first = try await store.governance(after: 0, limit: 2)
      try same(first.map(\.entry.sequence), [2, 5])
      let rest = try await store.governance(after: 5, limit: 2)
      try same(rest.map(\.entry.id), [id(3)])
      try same(try await store.governance(after: 8, limit: 2).count, 0)
    },
    ConformanceCase("two statements may share an attachment") { store, _ in
      for number in 1...2 as ClosedRange<UInt64> {
        _ = try await store.commit(
          Submission(Statement(id: id(number), kind: .governance, metadata: [:], attachment: [7])))
      }
      let report = try await store.verify(against: nil)
      try same(report.problem, nil)
      try same(report.entries, 2)
    },
  ]
}
