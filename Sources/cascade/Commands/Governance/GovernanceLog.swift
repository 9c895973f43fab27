import ArgumentParser
import Core
import Governance
import Rulebook

/// `cascade governance log`: what happened, or the history of one number.
struct GovernanceLog: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Prints what happened in governance, or the history of one number.",
    discussion: "Without a root, a number's history is that of the rulebooks that ever decided.")

  @Option(help: "A number or word of a policy, such as fees.fee.") var number: String?
  @OptionGroup var options: DataOptions

  func run() async throws {
    try await refusing {
      var lines: [String] = []
      var activations: [Activation] = []
      var signers: [String: String] = [:]
      let state =
        try options.hasLedger()
        ? try await options.governance { step, state in
          if step.kind != .ran { lines.append(Self.line(step, state)) }
          if let payload = step.kind == .founded ? step.payload : state.open[step.subject]?.payload {
            signers[step.subject] = Self.signers(payload, state)
          }
          if let activation = Activation(step, state, signers: signers[step.subject] ?? "") {
            activations.append(activation)
          }
        } : nil
      guard let number else {
        if state == nil { throw GovernanceError(.notGoverned, "the host of \(options.data) isn't governed") }
        for line in lines { Output.writeLine(line) }
        return
      }
      if state == nil { activations = try Activation.unsigned(options.data) }
      try history(of: number, activations)
    }
  }

  private static func line(_ step: GovernanceStep, _ state: GovernanceState) -> String {
    let time = Instant(seconds: step.moment.ledger / 1000).text
    var words = [time, step.kind.rawValue, step.subject]
    if let payload = step.payload {
      words.append(signers(payload, state))
      words.append(payload.title)
    }
    if !step.reason.isEmpty { words.append(step.reason) }
    return words.joined(separator: "  ")
  }

  private static func signers(_ payload: SignedPayload, _ state: GovernanceState) -> String {
    "signed by " + payload.envelope.signatures.map { state.holder($0.keyID, payload) }.joined(separator: ", ")
  }

  /// A rulebook that came into force.
  private struct Activation {
    var time: String
    var digest: String
    /// Under which proposal, and who signed it.
    var origin: String

    /// The rulebook that a step brought into force, and who signed that; nil when it brought none.
    init?(_ step: GovernanceStep, _ state: GovernanceState, signers: String) {
      guard step.kind == .founded || step.kind == .activated,
        step.kind == .founded || state.active.payload == step.subject
      else { return nil }
      time = Instant(seconds: step.moment.ledger / 1000).text
      digest = state.active.digest
      origin = step.kind == .founded ? "in force when governance began" : "proposal \(step.subject)"
      if step.kind == .activated, let end = state.finished.last { origin += "  \(end.title)" }
      origin += "  " + signers
    }

    private init(_ stored: RulebookArchive.Stored) {
      time = Instant(seconds: stored.seconds).text
      digest = stored.digest
      origin = "unsigned"
    }

    static func unsigned(_ data: String) throws -> [Activation] {
      do throws(RulebookError) {
        return try RulebookArchive(directory: DataDirectory.rulebooks(in: data)).stored().map { Activation($0) }
      } catch {
        throw ReadingError(message: error.message)
      }
    }
  }

  private func history(of number: String, _ activations: [Activation]) throws {
    let archive = RulebookArchive(directory: DataDirectory.rulebooks(in: options.data))
    var last: JSON?
    var isKnown = false
    for activation in activations {
      guard let snapshot = try? archive.load(digest: activation.digest), let leaves = try? PolicyNumbers.read(snapshot)
      else {
        Output.note("the rulebook \(activation.digest) is not in the archive, or doesn't load")
        continue
      }
      let value = leaves[number]
      if isKnown || value != nil, value != last {
        Output.writeLine(
          "\(activation.time)  \(last?.text ?? "none") → \(value?.text ?? "none")  \(activation.origin)")
        isKnown = true
      }
      last = value
    }
    if isKnown { return }
    throw GovernanceError(.unknown, "no policy that ever decided has '\(number)'")
  }
}
