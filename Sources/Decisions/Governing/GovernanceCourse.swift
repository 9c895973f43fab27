package import Core
package import Governance
internal import Ledger
package import Rulebook

/// Brings into force what governance says: activates what is ready, goes back in an emergency, and comes back after it.
package struct GovernanceCourse: Sendable {
  private let book: GovernanceBook
  private let host: Host
  private let rulebooks: any RulebookStore
  /// Why no rulebook may be activated now, such as a budget of errors that burns; nil when one may.
  private let objection: @Sendable () async -> String?
  private let refusesStale: Bool
  private let version: HostVersion?

  /// A course for `host`, whose rulebooks lie in `rulebooks` and which is of `version`. With `refusesStale`, effects
  /// stop when the last statement of freshness is too old. While `objection` says why, no rulebook is activated; roots
  /// and emergencies don't ask it.
  package init(
    _ book: GovernanceBook, _ host: Host, rulebooks: any RulebookStore, version: HostVersion?, refusesStale: Bool,
    objection: @escaping @Sendable () async -> String? = { nil }
  ) {
    self.version = version
    self.book = book
    self.host = host
    self.rulebooks = rulebooks
    self.refusesStale = refusesStale
    self.objection = objection
  }

  /// What a round came to, for the log.
  package enum Event: Sendable, Equatable {
    /// A proposal came into force.
    case activated(String)
    /// A proposal can't be made a generation; why.
    case invalid(String, reason: String)
    /// Another rulebook decides than before, by an emergency or after one.
    case changed(String)
    /// Something must wait; why.
    case waits(String)
  }

  /// Takes what is due and brings it into force; once a second is often enough. Throws what the ledger throws.
  package func round() async throws -> [Event] {
    guard await book.current != nil else { return [] }
    var events: [Event] = []
    try await book.settle()
    while let next = await book.current?.next {
      let event = try await activate(next.digest, next.proposal)
      events.append(event)
      if case .waits = event { break }
    }
    if let event = await adopt() { events.append(event) }
    holdBackWhatIsStale()
    return events
  }

  /// Takes what became due while no host ran, and from then on refuses what freshness refuses; before a host serves.
  /// Throws what the ledger throws.
  package func begin() async throws {
    try await book.settle()
    holdBackWhatIsStale()
  }

  private func holdBackWhatIsStale() { book.view.gate.apply(isStale: refusesStale && book.view.isStale) }

  private func activate(_ digest: String, _ proposal: GovernanceState.Open) async throws -> Event {
    do {
      switch proposal.payload.content {
      case .rulebook(let rulebook):
        if let needed = rulebook.requiredHost, version.map({ $0 < needed }) ?? true {
          return .waits("the proposal \(digest) needs a host from version \(needed) on")
        }
        if let reason = await objection() { return .waits(reason) }
        try await host.activate(rulebook.files.digest, isNew: true) { [book] in
          try await book.take(.activated, digest)
        }
      case .root, .act: try await book.take(.activated, digest, files: host.generation.snapshot.manifest)
      }
      return .activated(digest)
    } catch let rejected as RulebookRejected {
      if rejected.errors.contains(where: { Self.mayPass.contains($0.code) }) { return .waits(rejected.description) }
      let reason = String(rejected.errors.first?.message.prefix(GovernanceLimits.textBytes / 4) ?? "")
      try await book.take(.invalid, digest, reason: VisibleText.line(reason))
      return .invalid(digest, reason: reason)
    } catch let refused as GovernanceError {
      return .waits(refused.message)
    }
  }

  /// What another try may not meet again.
  private static let mayPass: Set<RulebookError.Code> = [.storage, .unreadable, .memoryExhausted, .deadline, .governed]

  /// Makes the host decide by what is in force, where it decides by something else.
  private func adopt() async -> Event? {
    guard let wanted = book.view.inForce?.digest, host.generation.digest != wanted else { return nil }
    do {
      try await host.activate(wanted, isNew: false) {}
      return .changed(wanted)
    } catch {
      return .waits("\(wanted) is in force and can't decide: \(error)")
    }
  }

  /// Takes a proposal with the files of its rulebook, which are archived before it is chained. Throws `files` when they
  /// aren't those that were signed, why the proposal isn't justified, and what the stores throw.
  package func propose(_ payload: SignedPayload, files: [ExactText: [UInt8]]?) async throws {
    let snapshot = try Self.snapshot(payload, files)
    let rulebooks = rulebooks
    try await book.take(.proposed, payload.digest, payload) {
      if let snapshot { _ = try await rulebooks.stage(snapshot) }
    }
  }

  private static func snapshot(
    _ payload: SignedPayload, _ files: [ExactText: [UInt8]]?
  ) throws(GovernanceError) -> RulebookSnapshot? {
    guard case .rulebook(let rulebook) = payload.content else {
      if files?.isEmpty ?? true { return nil }
      throw GovernanceError(.files, "a root comes without files")
    }
    guard let files else { throw GovernanceError(.files, "the rulebook's files are missing") }
    let snapshot = RulebookSnapshot(files: files)
    let differences = rulebook.files.differences(in: snapshot.manifest)
    if differences.isEmpty { return snapshot }
    throw GovernanceError(
      .files,
      "the files aren't those that were signed: " + differences.prefix(5).map(\.description).joined(separator: ", "))
  }
}
