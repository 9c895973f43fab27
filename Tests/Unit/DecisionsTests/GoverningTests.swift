import Core
import Decisions
import FoundationEssentials
import Governance
import GovernanceTesting
import GovernedHosts
import Ledger
import LoggedLines
import Rulebook
import Synchronization
import Testing

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

  @Test func `what another host activates is followed where holders signed it, and nothing else is`() async throws {
    let governed = try await GovernedHost()
    let (first, signed) = (FileManifest(contents: GovernedHost.files).digest, GovernedHost.files(fee: 4))
    try await governed.serving { _, host, _ in
      let lines = LogLines()
      let following = GovernedFollowing(host, try await governed.book(), logger: lines.logger)
      // Somebody who can write into the store has another rulebook decide.
      let unsigned = RulebookSnapshot(files: GovernedHost.files(fee: 900))
      let number = try await governed.rulebooks.stage(unsigned)
      let activation = RulebookActivation(number: number, digest: unsigned.digest, milliseconds: 1)
      try await governed.rulebooks.activate(activation)
      let decides = try await following.follow(activation)
      #expect(decides > number && host.generation.number == decides && host.generation.digest == first)
      #expect(try await governed.rulebooks.current()?.digest == first)
      #expect(lines.all.contains { $0.contains("isn't in force under governance") })
      // A host that hears of it later has nothing to add.
      #expect(try await following.follow(activation) == decides)
      #expect(try await governed.rulebooks.current()?.number == decides)

      // What another host of the same ledger took is read before its generation is followed.
      try await governed.serving { book, other, course in
        let digest = try await governed.propose(4, course, book, by: [0, 1, 2])
        #expect(try await governed.run(hours: 24, course) == [.activated(digest)])
        let activation = try #require(try await governed.rulebooks.current())
        #expect(activation.digest == FileManifest(contents: signed).digest)
        #expect(try await following.follow(activation) == other.generation.number)
        #expect(host.generation.digest == activation.digest)
      }
    }
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
    for (path, bytes) in GovernedHost.files {
      let url = directory.appending(path: path.text)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
    let file = directory.appending(path: "policies/fees.lua")
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
      let envelope = try governed.fee(4, after: state)
      let payload = try governed.committee.payload(envelope, by: [0, 1, 2])
      let signed = GovernedHost.files(fee: 4)
      let policy = signed["policies/fees.lua"] ?? []
      let others: [[ExactText: [UInt8]]] = [
        GovernedHost.files(fee: 5), [:], signed.filter { $0.key != "policies/fees.lua" },
        signed.filter { $0.key != "policies/fees.lua" }.merging(["policies/Fees.lua": policy]) { $1 },
        signed.merging(["policies/x.lua": []]) { $1 }, signed.merging(["policies/../fees.lua": []]) { $1 },
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
      let files = GovernedHost.files(fee: 4).merging(["policies/fees.lua": Array("return {".utf8)]) { $1 }
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

  @Test func `a veto that comes while an activation is prepared wins`() async throws {
    let governed = try await GovernedHost()
    let atActivation = Mutex<(@Sendable () async throws -> Void)?>(nil)
    let isAsked = { @Sendable () async -> String? in
      // Taken out, so that it happens once.
      let act = atActivation.withLock { act in
        defer { act = nil }
        return act
      }
      do { try await act?() } catch { Issue.record(error) }
      return nil
    }
    try await governed.serving(objection: isAsked) { book, host, course in
      let digest = try await governed.propose(4, course, book, by: [0, 1, 2])
      let before = host.generation.digest
      #expect(try await governed.run(hours: 23, course) == [])
      atActivation.withLock {
        $0 = {
          let veto = governed.committee.act(.veto(proposal: digest), at: governed.time.clock)
          try await book.take(.vetoed, digest, try governed.committee.payload(veto, by: [5, 6]))
        }
      }
      #expect(try await governed.run(hours: 1, course) == [.waits("the proposal \(digest) was vetoed")])
      #expect(try await governed.run(hours: 1, course) == [])
      #expect(await book.current?.finished.map(\.outcome) == [.vetoed])
      #expect(await book.current?.active.sequence == 0)
      #expect(host.generation.digest == before)
    }
  }

  @Test func `a root and an emergency wait for no budget`() async throws {
    let governed = try await GovernedHost([("delays", ["policies": "PT0S", "plugins": "PT0S", "root": "PT0S"])])
    try await governed.serving(objection: { "the budget burns" }) { book, host, course in
      let root = governed.committee.root(2)
      try await course.propose(try governed.committee.payload(root, by: [0, 1, 2]), files: nil)
      #expect(try await course.round() == [.activated(root.digest)])
      #expect(await book.current?.root.version == 2)
      _ = try await governed.propose(4, course, book, by: [0, 1, 2])
      #expect(await book.current?.open.count == 1)
      let act = governed.committee.act(.suspend(points: nil), at: governed.time.clock)
      try await book.take(.emergency, act.digest, try governed.committee.payload(act, by: [0, 1]))
      #expect(book.view.gate.refusal("gift", hasEffects: true) != nil)
      _ = host
    }
  }

  @Test func `a host that is too old waits for its successor`() async throws {
    let governed = try await GovernedHost([("delays", ["policies": "PT0S", "plugins": "PT0S", "root": "PT0S"])])
    try await governed.serving(version: "0.1.9") { book, _, course in
      let digest = try await governed.propose(
        4, course, book, by: [0, 1, 2], changes: [("requires", ["host": "0.2"])])
      let wait = GovernanceCourse.Event.waits("the proposal \(digest) needs a host from version 0.2 on")
      #expect(try await course.round() == [wait])
      #expect(await book.current?.active.sequence == 0)
    }
    try await governed.serving(version: "0.10.0") { book, host, course in
      let events = try await course.round()
      #expect(events.count == 1)
      #expect(await book.current?.active.sequence == 1)
      #expect(host.generation.digest == FileManifest(contents: GovernedHost.files(fee: 4)).digest)
    }
  }

  @Test func `what nobody confirms is told, and stops effects where that is asked for`() async throws {
    let governed = try await GovernedHost()
    governed.time.advance(seconds: 7 * 86_400 - 1, isRunning: false)
    try await governed.serving { book, host, course in
      #expect(host.doubt == nil)
      governed.time.advance(seconds: 1)
      _ = try await course.round()
      #expect(host.doubt?.hasPrefix("nobody has confirmed the rules in force since 2026-11-29T16:00:00Z") == true)
      #expect(host.unreadiness == nil)
      #expect(book.view.gate.refusal("gift", hasEffects: true) != nil)
      #expect(book.view.gate.refusal("gift", hasEffects: false) == nil)
    }
    // A host that starts refuses from its first moment.
    try await governed.serving { book, host, course in
      #expect(book.view.gate.refusal("gift", hasEffects: true) != nil)
      let active = try #require(await book.current?.active)
      let fresh = governed.committee.act(.freshness(digest: active.digest), at: governed.time.clock)
      try await book.take(.freshness, fresh.digest, try governed.committee.payload(fresh, by: [3]))
      _ = try await course.round()
      #expect(host.doubt == nil)
      #expect(book.view.gate.refusal("gift", hasEffects: true) == nil)
      let quiet = GovernanceCourse(
        book, host, rulebooks: governed.rulebooks, version: HostVersion("0.1.0"), refusesStale: false)
      governed.time.advance(seconds: 7 * 86_400)
      _ = try await quiet.round()
      #expect(host.doubt != nil)
      #expect(book.view.gate.refusal("gift", hasEffects: true) == nil)
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
