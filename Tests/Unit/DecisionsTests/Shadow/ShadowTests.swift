import Core
import Foundation
import Ledger
import LoggedLines
import Rulebook
import Synchronization
import Testing

@testable import Decisions

/// Rules that decide along.
struct ShadowTests {
  @Test func `what is decided from its beginning on is compared, and nothing before`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    try await fixture.price(1...5)
    try await fixture.book.begin(
      try ShadowFixture.candidate(ShadowFixture.rules(factor: 4)), share: 1, lastingMilliseconds: nil)
    try await fixture.price(6...40)
    let json = try await fixture.wait(pairs: 35)
    #expect(json["state"] == "running" && json["flips"] == 35 && json["below"] == .null && json["dropped"] == 0)
    let report = try #require(json["report"])
    #expect(report["baseline"] == "live" && report["classes"]?["changed"] == 35)
    #expect(report["clusters"]?.array?.first?["file"] == "policies/probe.lua")
    for (place, record) in fixture.made.enumerated() {
      let verdict = try await fixture.book.verdict(of: record.id)
      #expect((verdict != nil) == (place >= 5))
      if let verdict {
        #expect(verdict.object?.members.map(\.name) == ["record", "candidate", "class", "digest"])
        #expect(verdict["class"] == "changed" && verdict["candidate"] == json["candidate"]?["digest"])
      }
    }
    await fixture.close()
  }

  @Test func `without a flip among n pairs it says below 3 n-ths`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    try await fixture.book.begin(.generation(3), share: 1, lastingMilliseconds: nil)
    try await fixture.price(1...12)
    let json = try await fixture.wait(pairs: 12)
    #expect(json["flips"] == 0 && json["below"] == "3/12")
    await fixture.close()
  }

  @Test func `it goes on after a restart, and nothing is lost or compared twice`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    try await fixture.book.begin(
      try ShadowFixture.candidate(ShadowFixture.rules(factor: 4)), share: 1, lastingMilliseconds: nil)
    try await fixture.price(1...20)
    let before = try await fixture.wait(pairs: 20)
    await fixture.book.close()
    // Decided while no shadow runs, and a write that a crash cut short: both are made up for.
    try await fixture.price(21...30)
    let path = "\(fixture.directory)/shadow/\(before["id"]?.string ?? "").verdicts"
    let torn = try #require(FileHandle(forWritingAtPath: path))
    try torn.seekToEnd()
    let verdict = try await fixture.book.verdict(of: fixture.made[3].id)
    try torn.write(contentsOf: Data(try #require(verdict).bytes + [0x0A] + Array(#"{"record":"018b"#.utf8)))
    try torn.close()
    await fixture.restart()
    try await fixture.price(31...35)
    let after = try await fixture.wait(pairs: 35)
    #expect(after["id"] == before["id"] && after["state"] == "running")
    let records = try fixture.lines(after).compactMap { $0["record"]?.string }
    #expect(records.count == 35 && Set(records) == Set(fixture.made.map(\.id.description)))
    #expect(after["report"]?["classes"]?["changed"] == 35)
    await fixture.close()
  }

  @Test(arguments: ["cut", "emptied", "unreadable", "removed"])
  func `a plan that is damaged or can't be read ends the shadow, and the log says so`(damage: String) async throws {
    let fixture = try ShadowFixture()
    try await fixture.book.begin(.generation(3), share: 1, lastingMilliseconds: nil)
    await fixture.book.close()
    let path = URL(filePath: fixture.directory + "/shadow/plan.json")
    let whole = try Data(contentsOf: path)
    switch damage {
    case "cut": try whole.prefix(whole.count / 2).write(to: path)
    case "emptied": try Data().write(to: path)
    default:
      try FileManager.default.removeItem(at: path)
      // Nobody reads a folder.
      if damage == "unreadable" {
        try FileManager.default.createDirectory(at: path, withIntermediateDirectories: false)
      }
    }
    await fixture.restart()
    #expect(fixture.book.json == nil)
    // One that was never begun leaves as much as one that was removed.
    #expect(fixture.said.all.contains { $0.contains("the shadow doesn't go on") } == (damage != "removed"))
    await fixture.close()
  }

  @Test func `decisions that come faster than it compares are dropped and counted`() async throws {
    var limits = ShadowLimits()
    limits.waitingBytes = 6_000
    let fixture = try ShadowFixture(ShadowFixture.rules(), limits: limits)
    try await fixture.book.begin(.generation(3), share: 1, lastingMilliseconds: nil)
    await fixture.book.close()
    try await fixture.price(1...200)
    await fixture.restart()
    let json = try await fixture.wait { ($0["pairs"]?.integer ?? 0) + ($0["dropped"]?.integer ?? 0) == 200 }
    #expect(json["dropped"]?.integer ?? 0 > 0)
    await fixture.restart()
    try await fixture.wait { $0["dropped"] == json["dropped"] && $0["pairs"] == json["pairs"] }
    try await fixture.price(201...202)
    try await fixture.wait { $0["pairs"]?.integer ?? 0 > json["pairs"]?.integer ?? 0 }
    await fixture.close()
  }

  @Test func `it ends by itself when its time is over, and its report stays over a restart`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    try await fixture.book.begin(.generation(3), share: 1, lastingMilliseconds: 400)
    try await fixture.price(1...3)
    let json = try await fixture.wait { $0["state"] == "ended" }
    #expect(json["ending"] == "time" && json["ended"]?.integer ?? 0 >= json["ends"]?.integer ?? .max)
    try await fixture.price(4...6)
    await fixture.restart()
    #expect(fixture.book.json == json)
    #expect(await fixture.book.stop() == false)
    await fixture.close()
  }

  @Test func `it ends by itself when it has compared as many as one may`() async throws {
    var limits = ShadowLimits()
    (limits.pairs, limits.piece) = (10, 4)
    let fixture = try ShadowFixture(ShadowFixture.rules(), limits: limits)
    try await fixture.book.begin(.generation(3), share: 1, lastingMilliseconds: nil)
    try await fixture.price(1...30)
    let json = try await fixture.wait { $0["state"] == "ended" }
    #expect(json["ending"] == "full" && (10...13).contains(json["pairs"]?.integer ?? 0))
    await fixture.close()
  }

  @Test func `of one in n the same decisions are taken each time`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    try await fixture.book.begin(.generation(3), share: 4, lastingMilliseconds: nil)
    try await fixture.price(1...200)
    let plan = ShadowPlan(
      id: fixture.made[0].id, candidate: "", share: 4, begun: 0, ends: nil, positions: [:])
    let taken = fixture.made.map(\.id).filter(plan.takes)
    #expect((20...80).contains(taken.count))
    let json = try await fixture.wait(pairs: taken.count)
    #expect(Set(try fixture.lines(json).compactMap { $0["record"]?.string }) == Set(taken.map(\.description)))
    await fixture.close()
  }

  @Test func `one goes on at a time, and one that was stopped makes room`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    #expect(fixture.book.json == nil)
    #expect(await fixture.book.stop() == false)
    let candidate = try ShadowFixture.candidate(ShadowFixture.rules(factor: 4))
    try await fixture.book.begin(candidate, share: 1, lastingMilliseconds: nil)
    await #expect(throws: ShadowBook.Refusal.self) {
      try await fixture.book.begin(candidate, share: 1, lastingMilliseconds: nil)
    }
    #expect(await fixture.book.stop())
    #expect(fixture.book.json?["ending"] == "stopped")
    // Of earlier ones the last is kept.
    for _ in 0..<3 {
      try await fixture.book.begin(candidate, share: 1, lastingMilliseconds: nil)
      let pairs = fixture.made.count
      try await fixture.price([1])
      try await fixture.wait(pairs: 1)
      #expect(await fixture.book.stop())
      #expect(try await fixture.book.verdict(of: fixture.made[pairs].id) != nil)
    }
    #expect(try await fixture.book.verdict(of: fixture.made[0].id) == nil)
    #expect(try await fixture.book.verdict(of: fixture.made[1].id) != nil)
    await fixture.close()
  }

  @Test func `one that is stopped while it reads was stopped, whatever its store says of that`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules(), reading: SlowToRead.init)
    try await fixture.book.begin(.generation(3), share: 1, lastingMilliseconds: nil)
    try await fixture.wait { _ in (fixture.ledger as? SlowToRead)?.isReading.load(ordering: .relaxed) == true }
    #expect(await fixture.book.stop())
    #expect(fixture.book.json?["ending"] == "stopped" && fixture.book.json?["problem"] == .null)
    await fixture.close()
  }

  @Test func `a candidate that doesn't load begins nothing, and one that is gone ends the shadow`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    await #expect(throws: RulebookRejected.self) {
      try await fixture.book.begin(
        .files(["policies/probe.lua": Array("return {\n  most = = 1 }".utf8)]), share: 1, lastingMilliseconds: nil)
    }
    #expect(fixture.book.json == nil)
    try await fixture.book.begin(
      try ShadowFixture.candidate(ShadowFixture.rules(factor: 4)), share: 1, lastingMilliseconds: nil)
    await fixture.book.close()
    try FileManager.default.removeItem(atPath: fixture.directory + "/shadow/rulebooks")
    await fixture.restart()
    #expect(fixture.book.json?["ending"] == "failed" && fixture.book.json?["problem"]?.string != nil)
    await fixture.close()
  }

  @Test func `what it intends is compared and never done`() async throws {
    var rules = ShadowFixture.rules()
    let fixture = try ShadowFixture(rules)
    try await fixture.effects.give("pot", 1_000_000, id: 1)
    rules.reference = "bonus"
    rules.posts = 2
    try await fixture.book.begin(try ShadowFixture.candidate(rules), share: 1, lastingMilliseconds: nil)
    for number in 1...4 as ClosedRange<UInt64> {
      _ = await fixture.effects.decide("probe.pay", ["citizen": "anna", "value": 10], key: number)
    }
    let head = await fixture.effects.store.head().sequence
    let json = try await fixture.wait(pairs: 4)
    #expect(json["report"]?["classes"]?["changed"] == 4)
    let money = try #require(json["report"]?["money"]?.array?.first)
    #expect(money["from"] == "pot" && money["delta"]?.integer ?? 0 > 0)
    #expect(await fixture.effects.store.head().sequence == head)
    await fixture.close()
  }

  @Test func `a disk that takes no verdict ends it, and nothing else`() async throws {
    let fixture = try ShadowFixture(ShadowFixture.rules())
    try await fixture.book.begin(.generation(3), share: 1, lastingMilliseconds: nil)
    let id = try #require(fixture.book.json?["id"]?.string)
    try FileManager.default.createDirectory(
      atPath: "\(fixture.directory)/shadow/\(id).verdicts", withIntermediateDirectories: true)
    try await fixture.price(1...3)
    let json = try await fixture.wait { $0["state"] == "ended" }
    #expect(json["ending"] == "failed" && json["problem"]?.string?.contains("log says why") == true)
    await fixture.close()
  }
}

/// A ledger that answers where it ends once, and from then on only that the read was cut short.
private final class SlowToRead: ForwardingStore {
  let store: MemoryLedgerStore
  let isReading = Atomic(false)
  private let wasAsked = Atomic(false)

  init(_ store: MemoryLedgerStore) { self.store = store }

  func head() async throws(StoreError) -> LedgerHead {
    if !wasAsked.exchange(true, ordering: .relaxed) { return await store.head() }
    isReading.store(true, ordering: .relaxed)
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(1)) }
    throw StoreError(.io, "reading the ledger failed", cause: "\(CancellationError())")
  }
}
