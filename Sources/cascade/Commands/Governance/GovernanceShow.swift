import ArgumentParser
import Core
import Decisions
import Governance

/// `cascade governance show`: what is in force.
struct ShowGovernance: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Prints root, rulebook in force, emergencies and proposals as JSON.",
    discussion: "Reads the data directory, beside the host or without one, and counts every signature again.")

  @OptionGroup var options: DataOptions

  func run() async throws {
    try await refusing {
      let now = Instant.now
      Output.write(try await options.governance()?.json(at: now) ?? ["governed": false], isPretty: true)
    }
  }
}

/// `cascade governance queue`: what is proposed.
struct GovernanceQueue: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue", abstract: "Lists open proposals: state, class, who signed, what is left of the delay.")

  @OptionGroup var options: DataOptions

  func run() async throws {
    try await refusing {
      let state = try await options.governed()
      for (digest, proposal) in state.open.sorted(by: { $0.key < $1.key }) {
        let payload = proposal.payload
        let names = payload.envelope.signatures.map { state.holder($0.keyID, payload) }.joined(separator: ", ")
        let left = state.remaining(proposal).map { ", \(Period(seconds: ($0 + 999) / 1000).text) to run" } ?? ""
        Output.writeLine(
          "\(digest)  \(proposal.phase.name)\(left)  \(proposal.change.rawValue)  signed by \(names)  \(payload.title)")
      }
    }
  }
}

/// `cascade governance verify`: replays the chain's steps.
struct VerifyGovernance: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Replays every step of governance and counts every signature again.")

  @OptionGroup var options: DataOptions
  @Option(help: "The digest of the first root, which must be the chain's.") var root: String?

  func run() async throws {
    try await refusing {
      var steps = 0
      let state = try await options.governance { _, _ in steps += 1 }
      guard let state else { throw GovernanceError(.notGoverned, "the chain has no root") }
      if let root, root != state.firstRoot {
        throw GovernanceError(.otherRoot, "the chain begins with the root \(state.firstRoot), not \(root)")
      }
      Output.write(
        "\(steps) steps are justified; root \(state.root.version) (\(state.root.digest)), rulebook "
          + "\(state.active.sequence) (\(state.active.digest))\n")
    }
  }
}
