import ArgumentParser
import Core
import Governance

/// What the commands that write an act share.
struct ActOptions: ParsableArguments {
  @Option(help: "Why, in one line.") var reason: String
  @Option(help: "For how many hours the act may be sent and, of an emergency, last.") var hours = 72
  @Option(help: "The file that is written.") var out = "act.json"
  @OptionGroup var options: DataOptions

  func validate() throws {
    guard (1...8784).contains(hours) else { throw ValidationError("--hours is between 1 and 8784") }
  }

  /// Writes the unsigned envelope of an act on what is in force.
  func write(_ make: (GovernanceState) throws -> GovernanceAct.Action) async throws {
    let state = try await options.governed()
    let now = Instant.now
    let (type, bytes) = GovernanceAct.payload(
      try make(state), realm: state.root.realm, sequence: state.active.sequence, reason: reason, time: now,
      expires: now.later(by: Int64(hours) * 3600))
    let envelope = Envelope(payloadType: type, payload: bytes)
    try EnvelopeFile.write(draft: envelope, as: "act", to: out)
  }
}

/// `cascade governance veto`: the unsigned envelope of a veto.
struct VetoProposal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "veto", abstract: "Writes the unsigned envelope of a veto against a proposal.")

  @Argument(help: "The proposal's digest.") var proposal: String
  @OptionGroup var act: ActOptions

  func run() async throws {
    try await refusing { try await act.write { _ in .veto(proposal: proposal) } }
  }
}

/// `cascade governance emergency`: the unsigned envelope of what takes effect at once.
struct BeginEmergency: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "emergency", abstract: "Writes the unsigned envelope of a revert, a suspension or a hold.",
    discussion: "It takes effect when it is submitted, and lapses by itself.")

  enum Action: String, ExpressibleByArgument, CaseIterable { case revert, suspend, hold }

  @Argument(help: "What it does.") var action: Action
  @Option(help: "The rulebook to go back to, by its digest.") var digest: String?
  @Option(help: "A decision that is suspended; may be given again. (default: whatever has effects)")
  var point: [String] = []
  @OptionGroup var act: ActOptions

  func validate() throws {
    if (action == .revert) != (digest != nil) { throw ValidationError("revert, and nothing else, wants --digest") }
    if action != .suspend, !point.isEmpty { throw ValidationError("--point is for suspend") }
  }

  func run() async throws {
    try await refusing {
      try await act.write { _ in
        switch action {
        case .revert: .revert(digest: digest ?? "")
        case .suspend: .suspend(points: point.isEmpty ? nil : point)
        case .hold: .hold
        }
      }
    }
  }
}

/// `cascade governance freshness`: the unsigned envelope of a statement of freshness.
struct ConfirmFreshness: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freshness", abstract: "Writes the unsigned statement that what is in force is meant to be.")

  @OptionGroup var act: ActOptions

  func run() async throws {
    try await refusing { try await act.write { .freshness(digest: $0.active.digest) } }
  }
}
