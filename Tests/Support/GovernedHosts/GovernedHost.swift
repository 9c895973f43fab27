package import Core
package import Decisions
package import Governance
package import GovernanceTesting
package import Ledger
internal import LuaRuntime
internal import NIOCore
internal import NIOPosix
package import Rulebook

/// A host under governance, in memory: its clocks go as the test says.
package struct GovernedHost {
  /// Who may sign what.
  package let committee: Committee
  /// The host's clocks.
  package let time = HandClock()
  /// Where the steps are.
  package let ledger: MemoryLedgerStore
  /// Where the rulebooks are.
  package let rulebooks = MemoryRulebookStore()
  /// What governance began with.
  package static let files = files(fee: 3)

  /// A rulebook with a fee, and a decision that says it.
  package static func files(fee: Int) -> [ExactText: [UInt8]] {
    let plugin = """
      local fees = require "policies.fees"
      return {
        name = "fees", version = "1.0.0",
        decisions = {
          ["fees.fee"] = {
            summary = "The fee.", input = {}, output = { fee = "integer" },
            decide = function() return { fee = fees.fee } end,
          },
        },
      }
      """
    return [
      "plugins/fees/plugin.lua": Array(plugin.utf8), "policies/fees.lua": Array("return { fee = \(fee) }".utf8),
    ]
  }

  /// A ledger that three holders founded governance in; `changes` replace members of the root.
  package init(_ changes: [(String, JSON?)] = []) async throws {
    committee = try Committee()
    ledger = MemoryLedgerStore(ledgerID: "governed", time: time.source)
    let book = try await book()
    _ = try await rulebooks.stage(RulebookSnapshot(files: Self.files))
    try await book.found(
      try committee.payload(committee.root(changes: changes), by: [0, 1, 2]),
      files: FileManifest(contents: Self.files))
  }

  /// The book as a host that starts reads it.
  package func book() async throws -> GovernanceBook { try await GovernanceBook(ledger, time: time.source) }

  /// Runs `body` with a host that started now.
  package func serving(
    directory: String = "/nowhere", version: String = "0.1.0",
    objection: @escaping @Sendable () async -> String? = { nil },
    _ body: (GovernanceBook, Host, GovernanceCourse) async throws -> Void
  ) async throws {
    try ThreadStack.setDefault()
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let book = try await book()
    let host = try await Host(
      directory: directory, rulebooks: rulebooks, loops: Array(loops.makeIterator()), runSpecs: false,
      governance: book.view)
    let course = GovernanceCourse(
      book, host, rulebooks: rulebooks, version: HostVersion(version), refusesStale: true, objection: objection)
    do {
      try await course.begin()
      try await body(book, host, course)
    } catch {
      try await loops.shutdownGracefully()
      throw error
    }
    try await loops.shutdownGracefully()
  }

  /// The unsigned proposal of a fee, with members replaced.
  package func fee(
    _ fee: Int, after state: GovernanceState, changes: [(String, JSON?)] = []
  ) throws -> Envelope {
    try committee.proposal(Self.files(fee: fee), after: state, title: "fee \(fee)", changes: changes)
  }

  /// Proposes a fee, signed by these; the proposal's digest.
  package func propose(
    _ fee: Int, _ course: GovernanceCourse, _ book: GovernanceBook, by signers: [Int],
    changes: [(String, JSON?)] = []
  ) async throws -> String {
    guard let state = await book.current else { throw GovernanceError(.notGoverned, "there is no root") }
    let envelope = try self.fee(fee, after: state, changes: changes)
    try await course.propose(try committee.payload(envelope, by: signers), files: Self.files(fee: fee))
    return envelope.digest
  }

  /// Lets hours pass, a round each minute; what happened.
  package func run(hours: Int, _ course: GovernanceCourse) async throws -> [GovernanceCourse.Event] {
    var events: [GovernanceCourse.Event] = []
    for _ in 0..<hours * 60 {
      time.advance(seconds: 60)
      events += try await course.round()
    }
    return events
  }
}
