import ArgumentParser
import Core
import Governance
import Outbound
import Rulebook

/// `cascade governance submit`: sends an envelope to a running host.
struct SubmitEnvelope: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit", abstract: "Sends a signed envelope to a running host, whatever it holds.",
    discussion: """
      A proposal that is there already gets the further signatures. The signatures are the authority: no token is sent.
      """)

  @Argument(help: "The envelope.") var file: String
  @Option(help: "The directory of the proposed rules, whose files go along.") var candidate: String?
  @OptionGroup var host: RunningHost

  func run() async throws {
    try await refusing {
      let payload = try SignedPayload(try EnvelopeFile.read(file))
      Output.write(try await send(payload), isPretty: true)
    }
  }

  private func send(_ payload: SignedPayload) async throws -> JSON {
    let envelope = payload.envelope.json
    switch payload.content {
    case .act(let act):
      if case .veto(let proposal) = act.action { return try await post("/proposals/\(proposal)/veto", envelope) }
      return try await post(act.kind == .emergency ? "/emergency" : "/freshness", envelope)
    case .root, .rulebook:
      let open = try await host.ask(.get, "/v1/governance/proposals", asOperator: false)["proposals"]?.array ?? []
      if open.contains(where: { $0["proposal"]?.string == payload.digest }) {
        return try await post("/proposals/\(payload.digest)/signatures", envelope)
      }
      var body = JSON.Object([("envelope", envelope)])
      if case .rulebook = payload.content { body.append("files", try files()) }
      return try await post("/proposals", .object(body))
    }
  }

  private func post(_ path: String, _ body: JSON) async throws -> JSON {
    try await host.ask(.post, "/v1/governance" + path, asOperator: false, body: body)
  }

  private func files() throws -> JSON {
    guard let candidate else {
      throw ReadingError(message: "the files of a new proposal go along: --candidate names their directory")
    }
    return try RulebookSnapshot.reading(candidate).texts
  }
}
