import Core
import Decisions
import FoundationEssentials
import Governance
import GovernanceTesting
import Ledger
import LuaRuntime
import NIOCore
import NIOPosix
import Rulebook
import Synchronization
import Testing

/// A host under governance, in memory: its clocks go as the test says.
struct GovernedHost {
  let committee: Committee
  let time = HandClock()
  let ledger: MemoryLedgerStore
  let rulebooks = MemoryRulebookStore()
  static let files = files(fee: 3)

  static func files(fee: Int) -> [ExactText: [UInt8]] { ["policies/fees.lua": Array("return { fee = \(fee) }".utf8)] }

  init() async throws {
    committee = try Committee()
    ledger = MemoryLedgerStore(ledgerID: "governed", time: time.source)
    let book = try await book()
    _ = try await rulebooks.stage(RulebookSnapshot(files: Self.files))
    try await book.found(
      try committee.payload(committee.root(), by: [0, 1, 2]), files: FileManifest(contents: Self.files))
  }

  /// The book as a host that starts reads it.
  func book() async throws -> GovernanceBook { try await GovernanceBook(ledger, time: time.source) }

  /// Runs `body` with a host that started now.
  func serving(
    directory: String = "/nowhere", objection: @escaping @Sendable () async -> String? = { nil },
    _ body: (GovernanceBook, Host, GovernanceCourse) async throws -> Void
  ) async throws {
    try ThreadStack.setDefault()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let book = try await book()
    let host = try await Host(
      directory: directory, rulebooks: rulebooks, loops: Array(loops.makeIterator()), runSpecs: false,
      governance: book.view)
    let course = GovernanceCourse(book, host, rulebooks: rulebooks, refusesStale: true, objection: objection)
    do {
      try await body(book, host, course)
    } catch {
      try await loops.shutdownGracefully()
      throw error
    }
    try await loops.shutdownGracefully()
  }

  /// Proposes a fee, signed by these.
  func propose(_ fee: Int, _ course: GovernanceCourse, _ book: GovernanceBook, by signers: [Int]) async throws -> String
  {
    let state = try #require(await book.current)
    let files = Self.files(fee: fee)
    let envelope = try committee.proposal(files, after: state, title: "fee \(fee)")
    try await course.propose(try committee.payload(envelope, by: signers), files: files)
    return envelope.digest
  }

  /// Lets hours pass, a round each minute.
  func run(hours: Int, _ course: GovernanceCourse) async throws -> [GovernanceCourse.Event] {
    var events: [GovernanceCourse.Event] = []
    for _ in 0..<hours * 60 {
      time.advance(seconds: 60)
      events += try await course.round()
    }
    return events
  }
}

/// Clocks that a test moves.
final class HandClock: Sendable {
  private let now = Mutex(Clock.begin * 1_000_000)
  private let boot = Mutex<Int64>(0)

  var source: TimeSource { TimeSource(wall: { self.now.withLock { $0 } }, boot: { self.boot.withLock { $0 } }) }

  func advance(seconds: Int64, isRunning: Bool = true) {
    now.withLock { $0 += seconds * 1_000_000_000 }
    if isRunning { boot.withLock { $0 += seconds * 1_000_000_000 } }
  }
}

@Suite struct GoverningTests {
  private func code(_ body: () async throws -> Void) async -> GovernanceError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? GovernanceError)?.code
    }
  }

  @Test func `a signed rulebook decides after its delay, and after a restart`() async throws {
    let governed = try await GovernedHost()
    let new = FileManifest(contents: GovernedHost.files(fee: 4)).digest
    try await governed.serving { book, host, course in
      let digest = try await governed.propose(4, course, book, by: [0, 1, 2])
      #expect(try await governed.run(hours: 23, course) == [])
      #expect(host.generation.digest != new)
      #expect(try await governed.run(hours: 1, course) == [.activated(digest)])
      #expect(host.generation.digest == new)
    }
    try await governed.serving { book, host, _ in
      #expect(host.generation.digest == new)
      #expect(await book.current?.active.sequence == 1)
    }
    let report = try await governed.ledger.verify(against: nil)
    #expect(report.problem == nil)
  }

  @Test func `a crash between the step and the swap is finished at start, once`() async throws {
    let governed = try await GovernedHost()
    let new = FileManifest(contents: GovernedHost.files(fee: 4)).digest
    try await governed.serving { book, host, course in
      let digest = try await governed.propose(4, course, book, by: [0, 1, 2])
      for _ in 0..<24 * 60 {
        governed.time.advance(seconds: 60)
        try await book.settle()
      }
      // The entry is written, and the host dies before it decides by it.
      try await book.take(.activated, digest)
      #expect(host.generation.digest != new)
    }
    let before = await governed.ledger.head().sequence
    try await governed.serving { _, host, course in
      #expect(host.generation.digest == new)
      let events = try await course.round()
      #expect(events == [])
    }
    #expect(await governed.ledger.head().sequence == before)
  }

  @Test func `a host that dies before the step has activated nothing, and does so later`() async throws {
    let governed = try await GovernedHost()
    try await governed.serving { book, _, course in
      _ = try await governed.propose(4, course, book, by: [0, 1, 2])
      for _ in 0..<24 * 60 {
        governed.time.advance(seconds: 60)
        try await book.settle()
      }
    }
    try await governed.serving { book, host, course in
      #expect(await book.current?.active.sequence == 0)
      let events = try await course.round()
      #expect(events.count == 1)
      #expect(await book.current?.active.sequence == 1)
      #expect(host.generation.digest == FileManifest(contents: GovernedHost.files(fee: 4)).digest)
    }
  }

  @Test func `time without a running host shortens no delay`() async throws {
    let governed = try await GovernedHost()
    try await governed.serving { book, _, course in
      _ = try await governed.propose(4, course, book, by: [0, 1, 2])
      #expect(try await governed.run(hours: 12, course) == [])
    }
    governed.time.advance(seconds: 100 * 3600)
    try await governed.serving { _, _, course in
      let early = try await governed.run(hours: 11, course)
      #expect(early == [])
      // What ran before the first look of a run doesn't count, so it may be a minute late.
      let due = try await governed.run(hours: 2, course)
      #expect(due.count == 1)
    }
  }

  @Test func `files, a reload and a rollback change nothing under governance`() async throws {
    let governed = try await GovernedHost()
    let directory = FileManager.default.temporaryDirectory.appending(path: "governed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: "policies/fees.lua")
    try FileManager.default.createDirectory(
      at: directory.appending(path: "policies"), withIntermediateDirectories: true)
    try Data("return { fee = 9 }".utf8).write(to: file)
    try await governed.serving(directory: directory.path()) { _, host, _ in
      let before = host.generation.digest
      let rejected = await #expect(throws: RulebookRejected.self) { _ = try await host.reload(runSpecs: false) }
      #expect(rejected?.errors.map(\.code) == [.governed])
      #expect(rejected?.errors.first?.file == "policies/fees.lua")
      await #expect(throws: RulebookRejected.self) { _ = try await host.rollback() }
      #expect(host.generation.digest == before)
      try Data("return { fee = 3 }".utf8).write(to: file)
      #expect(try await host.reload(runSpecs: false).digest == before)
    }
  }

  @Test func `files that aren't those that were signed are not taken`() async throws {
    let governed = try await GovernedHost()
    try await governed.serving { book, _, course in
      let state = try #require(await book.current)
      let envelope = try governed.committee.proposal(GovernedHost.files(fee: 4), after: state, title: "fee")
      let payload = try governed.committee.payload(envelope, by: [0, 1, 2])
      let signed = GovernedHost.files(fee: 4)
      let others: [[ExactText: [UInt8]]] = [
        GovernedHost.files(fee: 5), [:], ["policies/Fees.lua": signed["policies/fees.lua"] ?? []],
        signed.merging(["policies/x.lua": []]) { $1 },
      ]
      for files in others { #expect(await code { try await course.propose(payload, files: files) } == .files) }
      #expect(await code { try await course.propose(payload, files: nil) } == .files)
      #expect(await book.current?.open.isEmpty == true)
    }
  }

  @Test func `what doesn't load is invalid, and what somebody objects to waits`() async throws {
    let governed = try await GovernedHost()
    let isBurning = Mutex(true)
    try await governed.serving(objection: { isBurning.withLock { $0 } ? "the budget burns" : nil }) {
      book, host, course in
      let state = try #require(await book.current)
      let files: [ExactText: [UInt8]] = ["policies/fees.lua": Array("return {".utf8)]
      let envelope = try governed.committee.proposal(files, after: state, title: "broken")
      try await course.propose(try governed.committee.payload(envelope, by: [0, 1, 2]), files: files)
      #expect(try await governed.run(hours: 24, course).allSatisfy { $0 == .waits("the budget burns") })
      isBurning.withLock { $0 = false }
      let before = host.generation.digest
      _ = try await course.round()
      #expect(await book.current?.finished.last?.outcome == .invalid)
      #expect(host.generation.digest == before)
    }
  }

  @Test func `an emergency goes back, suspends, and lapses`() async throws {
    let governed = try await GovernedHost()
    let old = FileManifest(contents: GovernedHost.files).digest
    try await governed.serving { book, host, course in
      _ = try await governed.propose(4, course, book, by: [0, 1, 2])
      _ = try await governed.run(hours: 24, course)
      let new = host.generation.digest
      var clock = Clock()
      clock.advance(24 * 3_600_000)
      for action in [.revert(digest: old), .suspend(points: ["gift"])] as [GovernanceAct.Action] {
        let act = governed.committee.act(action, sequence: 1, at: clock)
        try await book.take(.emergency, act.digest, try governed.committee.payload(act, by: [0, 1]))
      }
      _ = try await course.round()
      #expect(host.generation.digest == old)
      #expect(book.view.gate.refusal("gift", hasEffects: false) != nil)
      #expect(book.view.gate.refusal("other", hasEffects: true) == nil)
      governed.time.advance(seconds: 72 * 3600)
      _ = try await course.round()
      #expect(host.generation.digest == new)
      #expect(book.view.gate.refusal("gift", hasEffects: true) == nil)
    }
  }

  @Test func `a second root can't be taken, and a chain of another ledger says so`() async throws {
    let governed = try await GovernedHost()
    let book = try await governed.book()
    let root = try governed.committee.payload(governed.committee.root(), by: [0, 1, 2])
    #expect(await code { try await book.found(root, files: FileManifest(contents: [:])) } == .governed)
    let other = MemoryLedgerStore(ledgerID: "other", time: governed.time.source)
    for stored in await governed.ledger.governance(after: 0, limit: 10) {
      var metadata = stored.entry.metadata
      let attachment = await governed.ledger.attachment(metadata.removeValue(forKey: "_attachment") ?? "")
      let statement = Statement(id: stored.entry.id, kind: .governance, metadata: metadata, attachment: attachment)
      _ = try await other.commit(Submission(statement))
    }
    #expect(await code { _ = try await GovernanceBook(other, time: governed.time.source) } == .corrupt)
  }
}
