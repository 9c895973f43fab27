internal import Core
package import Governance
package import Ledger
internal import Synchronization

/// The one writer of governance: the state, and the chain of steps that it is folded from.
///
/// A step is first held against the state, then written, then part of the state; so a crash between the two loses
/// nothing, and what isn't justified is never written. One step at a time.
package actor GovernanceBook {
  /// What anybody may read without waiting.
  package nonisolated let view = GovernanceView()
  private let ledger: any LedgerWriting & LedgerReading
  private let time: TimeSource
  private let check: SignatureCheck
  private var state: GovernanceState?
  private var identifiers = IdentifierGenerator()
  /// The boot-time clock at the last step of this run, nanoseconds; nil before the first.
  private var bootAtLast: Int64?
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Reads the chain of `ledger`. Throws `corrupt` when a step in it isn't justified, and what the ledger throws.
  /// O(steps).
  package init(
    _ ledger: any LedgerWriting & LedgerReading, time: TimeSource, check: SignatureCheck = .ed25519
  ) async throws {
    self.ledger = ledger
    self.time = time
    self.check = check
    state = try await Self.read(ledger, check)
    view.publish(state)
  }

  /// The state that a ledger's chain comes to; nil without a root. Throws as the initialiser. O(steps).
  package static func read(
    _ ledger: any LedgerReading, _ check: SignatureCheck = .ed25519,
    _ body: (GovernanceStep, GovernanceState) -> Void = { _, _ in }
  ) async throws -> GovernanceState? {
    var state: GovernanceState?
    var last: Int64 = 0
    while case let page = try await ledger.governance(after: last, limit: LedgerLimits.pageRows), let final = page.last
    {
      for stored in page {
        let step = try await step(stored.entry, ledger)
        do throws(GovernanceError) {
          // A step says when it was decided, and its entry was written after that.
          if step.moment.ledger > stored.entry.timestamp / 1_000_000 {
            throw GovernanceError(.time, "it is of a time after its entry")
          }
          if state == nil { state = try GovernanceState(founding: step, check: check) } else { try state?.take(step) }
        } catch {
          throw GovernanceError(
            .corrupt, "entry \(stored.entry.sequence), a step of governance, isn't justified: \(error)")
        }
        if let state { body(step, state) }
      }
      last = final.entry.sequence
    }
    return state
  }

  private static func step(_ entry: Entry, _ ledger: any LedgerReading) async throws -> GovernanceStep {
    var attachment: [UInt8]?
    if let hash = entry.attachment {
      guard let bytes = try await ledger.attachment(hash), Statement.Attachment(bytes).hash == hash else {
        throw GovernanceError(.corrupt, "the attachment of entry \(entry.sequence) is missing or was changed")
      }
      attachment = bytes
    }
    return try GovernanceStep(pairs: entry.metadata, attachment: attachment, ledger: ledger.ledgerID)
  }

  /// The state; nil without a root.
  package var current: GovernanceState? { state }

  /// Takes the first root, with the rulebook in force. Throws `governed` when there is one, or what is wrong with it.
  package func found(_ root: SignedPayload, files: FileManifest) async throws {
    try await inTurn {
      if let state = self.state {
        throw GovernanceError(.governed, "there is a root already: \(state.root.digest)")
      }
      let step = GovernanceStep(.founded, root.digest, try await self.moment(), root, files: files)
      let founded = try GovernanceState(founding: step, check: self.check)
      try await self.write(step)
      self.adopt(founded)
    }
  }

  /// Takes a step of this kind about `subject`, and all that is due then. Throws why it isn't justified, and what the
  /// ledger throws; then nothing was written. `before` runs when the step is known to be justified, before it is
  /// written.
  package func take(
    _ kind: GovernanceStep.Kind, _ subject: String, _ payload: SignedPayload? = nil, files: FileManifest? = nil,
    reason: String = "", before: @Sendable () async throws -> Void = {}
  ) async throws {
    try await inTurn {
      let step = GovernanceStep(kind, subject, try await self.moment(), payload, files: files, reason: reason)
      try await self.take(step, before)
      try await self.settleInTurn()
    }
  }

  /// Takes all that time has made due. While a delay goes on that is a step a minute.
  package func settle() async throws {
    try await inTurn { try await self.settleInTurn() }
  }

  private func settleInTurn() async throws {
    guard let waits = state?.isWaiting else { return }
    let now = try await moment()
    if waits, now.ran >= Self.interval || bootAtLast == nil { try await take(GovernanceStep(.ran, "", now)) }
    while let step = try state?.due(at: try await moment()) { try await take(step) }
  }

  /// How much running time a step of nothing but time adds at least, milliseconds.
  private static let interval: Int64 = 60_000

  private func take(_ step: GovernanceStep, _ before: @Sendable () async throws -> Void = {}) async throws {
    guard var next = state else { throw GovernanceError(.notGoverned, "this host isn't governed: there is no root") }
    try next.take(step)
    try await before()
    try await write(step)
    adopt(next)
  }

  private func adopt(_ next: GovernanceState) {
    state = next
    bootAtLast = time.boot()
    view.publish(next)
  }

  /// The clocks. What has run counts from the last step of this run on, and no more than a step may add.
  private func moment() async throws -> GovernanceMoment {
    let ledger = max(try await ledger.now() / 1_000_000, state?.last.ledger ?? 0)
    let elapsed = bootAtLast.map { (time.boot() - $0) / 1_000_000 } ?? 0
    let ran = min(max(0, elapsed), GovernanceLimits.ranMilliseconds, ledger - (state?.last.ledger ?? ledger))
    return GovernanceMoment(ledger: ledger, wall: time.wall() / 1_000_000, ran: ran)
  }

  private func write(_ step: GovernanceStep) async throws {
    let statement = Statement(
      id: identifiers.next(), kind: .governance, metadata: step.pairs(ledger: ledger.ledgerID),
      attachment: step.attachment)
    _ = try await ledger.commit(Submission(statement))
  }

  /// Runs `body` when those before it have ended.
  private func inTurn(_ body: () async throws -> Void) async throws {
    if isBusy { await withCheckedContinuation { waiting.append($0) } }
    isBusy = true
    defer {
      // Whoever is next finds it busy on their behalf.
      if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
    try await body()
  }
}

/// Governance as it is, for readers that must not wait.
package final class GovernanceView: Sendable {
  private let state = Mutex<GovernanceState?>(nil)
  /// What is refused while an emergency lasts.
  package let gate = SuspensionGate()

  init() {}

  /// The state; nil without a root.
  package var current: GovernanceState? { state.withLock { $0 } }

  /// The rulebook that must decide; nil where files do.
  package var inForce: GovernanceState.Active? { current.flatMap { $0.isEnforced ? $0.effective : nil } }

  func publish(_ next: GovernanceState?) {
    state.withLock { $0 = next }
    gate.apply(next?.suspension ?? Suspension())
  }
}
