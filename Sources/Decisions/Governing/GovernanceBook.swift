internal import Core
package import Governance
package import Ledger
internal import Synchronization

/// A host's writer of governance: the state, and the chain of steps that it is folded from.
///
/// A step is first held against the state, then written, then part of the state; so a crash between the two loses
/// nothing, and what isn't justified is never written. One step at a time, also among hosts that share a ledger.
package actor GovernanceBook {
  /// What anybody may read without waiting.
  package nonisolated let view = GovernanceView()
  private let ledger: any LedgerWriting & LedgerReading
  private let time: TimeSource
  private let check: SignatureCheck
  private var chain: GovernanceChain
  /// The boot-time clock at the last step of this run, nanoseconds; nil before the first.
  private var bootAtLast: Int64?
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// How much running time a step of nothing but time adds at least, milliseconds.
  private static let interval: Int64 = 60_000
  /// How many ids of one step may be taken by what is no step.
  private static let attempts = 1_000

  /// Reads the chain of `ledger`. Throws `corrupt` when a step in it isn't justified, and what the ledger throws.
  /// O(steps).
  package init(
    _ ledger: any LedgerWriting & LedgerReading, time: TimeSource, check: SignatureCheck = .ed25519
  ) async throws {
    self.ledger = ledger
    self.time = time
    self.check = check
    var chain = GovernanceChain(check: check)
    try await chain.follow(ledger)
    self.chain = chain
    view.publish(chain.state)
  }

  /// The state; nil without a root.
  package var current: GovernanceState? { chain.state }

  /// The digest of the rulebook that must decide by all steps that any host has written; nil where files do. Throws
  /// what the ledger throws, and `corrupt` when a step isn't justified. O(new steps).
  package func inForceNow() async throws -> String? {
    try await inTurn {}
    return view.inForce?.digest
  }

  /// Takes the first root, with the rulebook in force. Throws `governed` when there is one, or what is wrong with it.
  package func found(_ root: SignedPayload, files: FileManifest) async throws {
    try await inTurn {
      if let state = self.chain.state {
        throw GovernanceError(.governed, "there is a root already: \(state.root.digest)")
      }
      let step = GovernanceStep(.founded, root.digest, try await self.moment(), root, files: files)
      _ = try GovernanceState(founding: step, check: self.check)
      try await self.write(step)
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
    try await inTurn {
      try await self.settleInTurn()
      guard let state = self.chain.state else { return }
      let now = try await self.moment().latest
      self.view.note(isStale: state.isStale(at: now))
    }
  }

  private func settleInTurn() async throws {
    guard let waits = chain.state?.isWaiting else { return }
    let now = try await moment()
    if waits, now.ran >= Self.interval || bootAtLast == nil { try await take(GovernanceStep(.ran, "", now)) }
    while let step = try chain.state?.due(at: try await moment()) { try await take(step) }
  }

  private func take(_ step: GovernanceStep, _ before: @Sendable () async throws -> Void = {}) async throws {
    guard var next = chain.state else {
      throw GovernanceError(.notGoverned, "this host isn't governed: there is no root")
    }
    try next.take(step)
    try await before()
    try await write(step)
  }

  /// Writes a step that is justified, and reads it back as every host will.
  private func write(_ step: GovernanceStep) async throws {
    var statement = Statement(
      id: Identifier(high: 0, low: 0), kind: .governance, metadata: step.pairs(ledger: ledger.ledgerID),
      attachment: step.attachment)
    for attempt in 0..<Self.attempts {
      statement.id = GovernanceChain.identifier(of: chain.count, attempt: attempt)
      let committed = try await ledger.commit(Submission(statement))
      if case .results(let results) = committed.receipt, results.first?.status == .created {
        bootAtLast = time.boot()
        return try await follow()
      }
      // An id that a transfer has taken is no step, for any host.
      if try await ledger.entry(statement.id)?.entry.kind == .governance { break }
    }
    throw StoreError(.conflict, "another host took a step of governance at the same time; nothing was written")
  }

  private func follow() async throws {
    var next = chain
    try await next.follow(ledger)
    if next.count == chain.count { return }
    chain = next
    view.publish(next.state)
  }

  /// The clocks. What has run counts from the last step of this run on, and no more than a step may add.
  private func moment() async throws -> GovernanceMoment {
    let last = chain.state?.last.ledger
    let ledger = max(try await ledger.now() / 1_000_000, last ?? 0)
    let elapsed = bootAtLast.map { (time.boot() - $0) / 1_000_000 } ?? 0
    let ran = min(max(0, elapsed), GovernanceLimits.ranMilliseconds, ledger - (last ?? ledger))
    return GovernanceMoment(ledger: ledger, wall: time.wall() / 1_000_000, ran: ran)
  }

  /// Runs `body` when those before it have ended, on what all hosts have written.
  private func inTurn(_ body: () async throws -> Void) async throws {
    if isBusy { await withCheckedContinuation { waiting.append($0) } }
    isBusy = true
    defer {
      // Whoever is next finds it busy on their behalf.
      if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
    try await follow()
    try await body()
  }
}

/// Governance as it is, for readers that must not wait.
package final class GovernanceView: Sendable {
  private let state = Mutex<GovernanceState?>(nil)
  private let stale = Atomic(false)
  /// What is refused while an emergency lasts.
  package let gate = SuspensionGate()

  init() {}

  /// Whether the last statement of freshness is older than the root allows; as it was found in the last second or so.
  package var isStale: Bool { stale.load(ordering: .relaxed) }

  /// What speaks against what decides while it decides on; nil when nothing does.
  package var doubt: String? {
    guard isStale, let state = current else { return nil }
    return "nobody has confirmed the rules in force since \(state.freshness.text), for longer than "
      + state.root.freshnessMax.text
  }

  func note(isStale: Bool) { stale.store(isStale, ordering: .relaxed) }

  /// The state; nil without a root.
  package var current: GovernanceState? { state.withLock { $0 } }

  /// The rulebook that must decide; nil where files do.
  package var inForce: GovernanceState.Active? { current.flatMap { $0.isEnforced ? $0.effective : nil } }

  func publish(_ next: GovernanceState?) {
    state.withLock { $0 = next }
    gate.apply(next?.suspension ?? Suspension())
  }
}
