internal import Core
internal import Foundation
internal import GRDB
internal import Ledger
internal import StoreConformance
internal import StoreSQLite
internal import Testing

struct SQLiteLedgerFailureTests {
  @Test func `a second writer on the same data is refused by the lock, readers are not`() async throws {
    try await withDataDirectory { directory in
      let store = try SQLiteLedgerStore(directory: directory)
      #expect { try SQLiteLedgerStore(directory: directory) } throws: { error in
        guard let error = error as? StoreError else { return false }
        return error.code == .locked && error.message.hasPrefix("another process has this data")
      }
      try await store.fund("alice", 100)
      let reader = try SQLiteLedgerStore(reading: directory)
      #expect(try await reader.figures("alice") == [100, 0, 100])
      #expect(reader.ledgerID == store.ledgerID)
      await #expect(throws: StoreError.self) { try await reader.fund("alice", 1, 2) }
      await store.close()
      let next = try SQLiteLedgerStore(directory: directory)
      await next.close()
    }
  }

  @Test func `a reader opens where no ledger is with an error`() async throws {
    try await withDataDirectory { directory in
      _ = #expect(throws: StoreError.self) { try SQLiteLedgerStore(reading: directory) }
    }
  }

  @Test func `everything is there after a restart, and time goes on though the clock went back`() async throws {
    try await withDataDirectory { directory in
      let time = ManualTime()
      var store = try SQLiteLedgerStore(directory: directory, time: time.source)
      try await store.fund("alice", 100)
      let transfer = LedgerEvent.posted(id(1), from: account("alice"), to: account("bob"), ducats(101))
      let hold = LedgerEvent.pending(id(2), from: account("alice"), to: account("bob"), ducats(50), timeoutSeconds: 60)
      let post = LedgerEvent.post(id(3), id(2))
      _ = try await store.send(transfer, hold)
      let head = try await store.head()
      await store.close()
      time.jump(seconds: -7_200)
      store = try SQLiteLedgerStore(directory: directory, time: time.source)
      #expect(try await store.head() == head)
      #expect(
        try await store.send(transfer, hold, post, post).outcomes
          == ["id_already_failed", "exists", "created", "exists"])
      #expect(try await store.head().timestamp > head.timestamp)
      #expect(try await store.verify(against: nil).problem == nil)
      await store.close()
    }
  }

  @Test func `ids that were taken or refused are known after a restart, the highest and the others`() async throws {
    try await withDataDirectory { directory in
      var store = try SQLiteLedgerStore(directory: directory)
      try await store.fund("alice", 10, 5)
      let far = Identifier(high: .max, low: 1 << 63)
      let taken = [id(3), id(9), id(7), far].map {
        LedgerEvent.posted($0, from: account("alice"), to: account("bob"), ducats(1))
      }
      let refused = [id(11), id(8)].map {
        LedgerEvent.posted($0, from: account("alice"), to: account("bob"), ducats(100))
      }
      let events = (taken + refused).map { SubmittedEvent.event($0) }
      let first = try await store.commit(Submission(events, authority: .operator)).receipt.outcomes
      #expect(first == Array(repeating: "created", count: 4) + ["exceeds_credits", "exceeds_credits"])
      for _ in 0..<3 {
        let again = try await store.commit(Submission(events, authority: .operator)).receipt.outcomes
        #expect(again == Array(repeating: "exists", count: 4) + ["id_already_failed", "id_already_failed"])
        #expect(try await store.figures("bob") == [4, 0, 4])
        await store.close()
        store = try SQLiteLedgerStore(directory: directory)
      }
      await store.close()
    }
  }

  @Test func `a full disk refuses writes clearly, reads go on, and writing goes on when there is space`() async throws {
    try await withDataDirectory { directory in
      var limits = LedgerLimits()
      limits.filePages = 60
      let store = try SQLiteLedgerStore(directory: directory, limits: limits)
      try await store.fund("alice", 1_000_000)
      var number: UInt64 = 0
      var failure: StoreError?
      while failure == nil, number < 1_000 {
        number += 1
        let event = LedgerEvent.posted(
          id(number), from: account("alice"), to: account("bob"), ducats(1),
          metadata: ["text": String(repeating: "x", count: 1_000)])
        do { _ = try await store.send(event) } catch let error as StoreError { failure = error }
      }
      #expect(failure?.code == .full)
      #expect(try await store.figures("bob") == [Int64(number) - 1, 0, Int64(number) - 1])
      #expect(try await store.verify(against: nil).problem == nil)
      await store.close()
      let larger = try SQLiteLedgerStore(directory: directory)
      let retry = LedgerEvent.posted(id(number), from: account("alice"), to: account("bob"), ducats(1))
      #expect(try await larger.send(retry).outcomes == ["created"])
      #expect(try await larger.verify(against: nil).problem == nil)
      await larger.close()
    }
  }

  @Test(.enabled("only root can mount a small disk") { geteuid() == 0 })
  func `on a disk that is full writes are refused, and go on in the same process when space returns`() async throws {
    try await withDataDirectory { directory in
      let writer = try await CrashWriter(onFullDiskIn: directory, chains: 8_000)
      #expect(writer.failures > 0)
      #expect(writer.acknowledgedAfterFailure > 0)
      let store = try SQLiteLedgerStore(directory: directory + "/data")
      #expect(try await store.verify(against: nil).problem == nil)
      #expect(try await store.figures("a") == [0, 0, 0])
      #expect(try await store.figures("b") == [Int64(writer.acknowledged.count), 0, Int64(writer.acknowledged.count)])
      await store.close()
    }
  }

  @Test func `a second process on the same data is refused`() async throws {
    try await withDataDirectory { directory in
      let store = try SQLiteLedgerStore(directory: directory)
      let other = try await CrashWriter(directory, from: 0, chains: 8)
      #expect(other.acknowledged.isEmpty)
      await store.close()
      #expect(try await CrashWriter(directory, from: 0, chains: 8).acknowledged.count == 8)
    }
  }

  @Test func `closed twice at once, neither returns before the last commit is written`() async throws {
    func written(_ directory: String) -> Data? {
      try? Data(contentsOf: URL(filePath: "\(directory)/ledger.sqlite"))
    }
    for _ in 0..<10 {
      try await withDataDirectory { directory in
        let store = try SQLiteLedgerStore(directory: directory)
        let seen: [Data?] = await withTaskGroup(of: Data?.self) { group in
          for number in UInt64(0)..<30 {
            group.addTask {
              _ = try? await store.commit(Submission(passing(number).map { .event($0) }, authority: .operator))
              return nil
            }
          }
          for _ in 0..<2 {
            group.addTask {
              await store.close()
              return written(directory)
            }
          }
          return await group.reduce(into: [Data?]()) { if let data = $1 { $0.append(data) } }
        }
        #expect(seen == [written(directory), written(directory)])
      }
    }
  }

  @Test func `submissions that come in together share commits and all are answered`() async throws {
    try await withDataDirectory { directory in
      let store = try SQLiteLedgerStore(directory: directory)
      try await store.fund("alice", 1_000)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<1_000 {
          group.addTask {
            let event = LedgerEvent.posted(id(UInt64(number)), from: account("alice"), to: account("bob"), ducats(1))
            try same(try await store.send(event).outcomes, ["created"])
          }
        }
        try await group.waitForAll()
      }
      #expect(try await store.figures("bob") == [1_000, 0, 1_000])
      await store.close()
    }
  }

  @Test func `too many waiting submissions are turned away`() async throws {
    try await withDataDirectory { directory in
      var limits = LedgerLimits()
      limits.waitingSubmissions = 0
      let store = try SQLiteLedgerStore(directory: directory, limits: limits)
      await #expect { try await store.fund("alice", 1) } throws: { ($0 as? StoreError)?.code == .overloaded }
      await store.close()
    }
  }

  @Test func `a file of a later version is refused`() async throws {
    try await withDataDirectory { directory in
      await (try SQLiteLedgerStore(directory: directory)).close()
      let connection = try DatabaseQueue(path: "\(directory)/ledger.sqlite")
      try await connection.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('later')") }
      try connection.close()
      #expect { try SQLiteLedgerStore(directory: directory) } throws: { error in
        (error as? StoreError)?.code == .unsupportedVersion
      }
    }
  }
}
