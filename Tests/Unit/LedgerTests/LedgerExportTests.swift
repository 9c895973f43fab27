internal import Core
internal import Foundation
internal import Ledger
internal import StoreConformance
internal import TestSupport
internal import Testing

struct LedgerExportTests {
  @Test func `hledger accepts the export and finds the same balances`() async throws {
    let store = try await exchangeLedger()
    let journal = try await text(.hledger, of: store)
    #expect(journal.contains("@@ 100.00 \"USD/2\""))
    #expect(!journal.contains(" @ "))
    guard let balances = try checked(journal, "hledger", "out.journal", ["check", "-s"], ["balance", "--flat", "-N"])
    else { return }
    #expect(balances.contains("97.50 \"USD/2\"  payable:alice_b"))
    #expect(balances.contains("1000.00 \"DUC/2\"  bridge:ducats"))
  }

  @Test func `beancount accepts the export`() async throws {
    let store = try await exchangeLedger()
    let ledger = try await text(.beancount, of: store)
    #expect(ledger.contains("1000.00 DUC.2 @@ 100.00 USD.2"))
    _ = try checked(ledger, "bean-check", "out.beancount")
  }

  @Test func `the CSV has every entry, quoted where it must be`() async throws {
    let lines = try await text(.csv, of: exchangeLedger()).components(separatedBy: "\r\n")
    #expect(lines.count == 10)
    #expect(lines[3].contains("\"say \"\"hi\"\"; 100% (a|b)\""))
    #expect(lines[3].contains("\"\"rate\"\":\"\"0.10\"\"}\""))
  }

  @Test func `beancount's account names lead back to the ledger's`() throws {
    let names = [
      "world", "world:a", "citizen:alice", "Citizen:a_b-c", "0-x:9", "-:_", "a--b:a-u", "citizen:A", "Assets",
    ]
    for name in names { #expect(Beancount.name(Beancount.account(account(name))) == account(name)) }
    #expect(Set(names.map { Beancount.account(account($0)) }).count == names.count)
    #expect(Beancount.account(account("citizen:alice")) == "Assets:Citizen:Alice")
    #expect(Beancount.name("Assets:world") == nil)
  }

  /// A funded bridge, a sale in one chain, a hold and what became of it.
  private func exchangeLedger() async throws -> MemoryLedgerStore {
    let store = MemoryLedgerStore(time: ManualTime().source)
    let usd = asset("USD/2")
    var sale = [
      LedgerEvent.posted(
        id(3), from: account("citizen:alice"), to: account("bridge:ducats"), ducats(100_000),
        reference: "say \"hi\"; 100% (a|b)", metadata: ["rate": "0.10"]),
      .posted(id(4), from: account("bridge:usd"), to: account("payable:alice_b"), Amount(10_000, usd)),
      .posted(id(5), from: account("payable:alice_b"), to: account("fees:Bridge"), Amount(250, usd)),
    ]
    _ = try await store.send(
      .posted(id(1), from: account("world"), to: account("citizen:alice"), ducats(200_000)))
    _ = try await store.commit(Submission(linked(sale).map { .event($0) }, authority: .operator))
    _ = try await store.send(.posted(id(2), from: account("world"), to: account("bridge:usd"), Amount(50_000, usd)))
    for index in sale.indices { sale[index].id = id(UInt64(10 + index)) }
    try same(
      try await store.commit(Submission(linked(sale).map { .event($0) }, authority: .operator)).receipt.refusal, nil)
    _ = try await store.send(
      .pending(id(20), from: account("citizen:alice"), to: account("world"), ducats(500)), .post(id(21), id(20)),
      .account(id(22), account("citizen:alice"), isClosed: true))
    return store
  }

  private func linked(_ events: [LedgerEvent]) -> [LedgerEvent] {
    var events = events
    for index in events.indices { events[index].isLinked = index < events.count - 1 }
    return events
  }

  private func text(_ format: LedgerExport.Format, of store: MemoryLedgerStore) async throws -> String {
    var export = LedgerExport(format, accounts: try await store.allAccounts())
    var text = export.header
    try await store.forEachEntry { text += export.take($0) }
    return text + export.finish()
  }

  /// Writes `text` to a file that `program` must accept; what it prints in a second run with `question`. Nil when the
  /// program isn't installed, which fails where `CI` is set.
  private func checked(
    _ text: String, _ program: String, _ name: String, _ arguments: [String] = [], _ question: [String] = []
  ) throws -> String? {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)") else {
      if ProcessInfo.processInfo.environment["CI"] != nil { Issue.record("\(program) is not installed") }
      print("skipped: \(program) is not installed")
      return nil
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)-\(name)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    let asked = program == "hledger" ? ["-f", file.path] : [file.path]
    let check = try run(program, asked + arguments)
    #expect(check.status == 0, "\(check.output)\n\(text)")
    return question.isEmpty ? "" : try run(program, asked + question).output
  }

  private func run(_ program: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = ChildProcess()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/\(program)")
    process.arguments = arguments
    process.environment = ["LANG": "C.UTF-8", "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"]
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test(arguments: LedgerExport.Format.allCases)
  func `an entry that moves nothing is in no export`(format: LedgerExport.Format) async throws {
    let store = MemoryLedgerStore(time: ManualTime().source)
    try await store.fund("alice", 100)
    let before = try await text(format, of: store)
    _ = try await store.commit([], record: record(50))
    #expect(await store.head().sequence == 2)
    #expect(try await text(format, of: store) == before)
  }
}
