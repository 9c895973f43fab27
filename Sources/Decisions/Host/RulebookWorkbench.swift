package import Core
package import Ledger
internal import LuaRuntime
internal import Platform
package import Rulebook

/// What an author tries on a running host without changing it: drafts of the rulebook, and questions to it. Everything
/// runs on a thread of its own, a few at a time, and touches no lane.
package final class RulebookWorkbench: Sendable {
  /// Drafts and questions that may wait or run at a time.
  private static let places = 4

  private let host: Host
  private let rulebooks: any RulebookStore
  private let reads: HostReads
  private let source: BacktestSource
  private let records: DecisionRecords
  private let turns = SerialQueue()

  /// A workbench at `host`. Rulebooks that decided once come from `rulebooks`, answers to questions of now from
  /// `reads`, recorded ones from `records`, whose holds are in `ledger`.
  package init(
    _ host: Host, _ rulebooks: any RulebookStore, reads: HostReads, records: DecisionRecords, ledger: any LedgerReading
  ) {
    self.host = host
    self.rulebooks = rulebooks
    self.reads = reads
    self.records = records
    source = BacktestSource(records, ledger)
  }

  /// The generation that decides and those a rollback can go to, newest first.
  package var generations: [Generation] { host.generations }

  /// The rulebook of this digest, or that which decides; nil when it isn't kept. O(bytes).
  package func files(_ digest: String?) async throws(StoreError) -> RulebookSnapshot? {
    guard let digest, digest != host.generation.digest else { return host.generation.snapshot }
    return try await rulebooks.snapshot(digest)
  }

  /// Checks the rulebook that `draft` makes of the one that decides, and runs its specs where that is asked for. Nil
  /// when too many are at it.
  package func check(_ draft: RulebookDraft, runSpecs: Bool) async -> RulebookCheck? {
    let generation = host.generation
    return await turns.run(limit: Self.places) {
      await LoadingThread.run { RulebookCheck(draft, on: generation, runSpecs: runSpecs) }
    }
  }

  /// What the rulebook that decides answers to `input`: as of now, or of a recorded decision with the answers that the
  /// host gave then. Nothing is kept, and nothing has effects. Nil when too many are at it. Throws why there is no
  /// answer, or what kept the record from being read.
  package func evaluate(_ point: String, _ input: JSON, record: Identifier?) async throws -> JSON? {
    let rulebook = host.generation.rulebook
    var question: RecordedQuestion?
    if let record {
      guard let bytes = try await records.record(record), var recorded = RecordedDecision(bytes: bytes) else {
        throw HistoryReason(text: "there is no record \(record)")
      }
      recorded.point = point
      recorded.input = input
      recorded.unread = nil
      question = try await source.question(recorded)
    }
    let asked = question
    return try await turns.run(limit: Self.places) { [reads] in
      await LoadingThread.run {
        Result { () throws(HistoryReason) in try Self.answer(point, input, asked, reads, rulebook) }
      }
    }?.get()
  }

  private static func answer(
    _ point: String, _ input: JSON, _ asked: RecordedQuestion?, _ reads: HostReads, _ rulebook: CheckedRulebook
  ) throws(HistoryReason) -> JSON {
    guard let asked else {
      let explained = try Explainer.explain(
        point, input: input, answeredBy: reads, nowMilliseconds: WallClock.milliseconds(), id: DecisionRunner.usualID,
        by: rulebook, as: .why)
      return explained.json(.why)
    }
    var machine = HistoryMachine(rulebook)
    switch machine.run(asked) {
    case .noDecision: throw HistoryReason(text: "the rulebook has no decision '\(point)'")
    case .unknown(let call): throw HistoryReason(text: "it asks the host for \(call), and nobody recorded an answer")
    case .impossible(let reason): throw HistoryReason(text: reason)
    case .run(let run):
      return ["answer": run.json, "fuel": .integer(Int64(clamping: run.fuel)), "digest": .string(rulebook.digest)]
    }
  }
}

/// What there is to say of a draft.
package struct RulebookCheck: Sendable {
  /// The digest that the rulebook would have; nil when it doesn't load.
  package var digest: String?
  /// What keeps it from deciding.
  package var problems: [RulebookError] = []
  /// What is doubtful though it loads.
  package var doubts: [RulebookError] = []
  /// The numbers of policies that would be other ones.
  package var numbers: [PolicyNumbers.Change] = []
  /// What its specs came to; nil when they did not run.
  package var specs: SpecRun?

  /// Checks `draft`. Blocks. O(source), and what its specs cost.
  init(_ draft: RulebookDraft, on generation: Generation, runSpecs: Bool) {
    do throws(RulebookRejected) {
      let next = try draft.applied(to: generation.snapshot)
      let rulebook = try RulebookLoader.load(
        next, runSpecs: false, review: .doubts, previous: generation.rulebook, isPatient: true)
      digest = rulebook.digest
      doubts = rulebook.doubts
      let isPolicy = draft.files.keys.contains { $0.text.begins(with: "policies/") }
      if isPolicy, rulebook.digest != generation.digest {
        numbers = PolicyNumbers.changes(
          from: try PolicyNumbers.read(generation.rulebook), to: try PolicyNumbers.read(rulebook))
      }
      if runSpecs { specs = SpecRunner(rulebook: rulebook).run() }
    } catch {
      problems = error.errors
    }
  }
}
