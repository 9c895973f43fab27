import ArgumentParser
import Core
import Governance
import Rulebook

/// `cascade governance propose`: an unsigned envelope of what is wanted.
struct ProposeRules: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "propose", abstract: "Writes the unsigned envelope of a rulebook, or of a next root.",
    discussion: "The rulebook is checked and its specs run; what it follows is read from the data directory.")

  @Option(help: "The directory with the wanted plugins/ and policies/. (default: --rulebook's default, .)")
  var candidate = "."
  @Option(help: "The payload of a next root in plain JSON, instead of a rulebook.") var root: String?
  @Option(help: "The report of a backtest of the change.") var impact: String?
  @Option(help: "What it is about, in one line.") var title = ""
  @Option(help: "For how long it may be signed and wait, such as P30D.") var lives = "P30D"
  @Option(help: "The first time it may come into force, such as 2026-12-01T00:00:00Z.") var notBefore: String?
  @Option(help: "The digest of a rulebook that no emergency may bring back; may be given again.")
  var withdraw: [String] = []
  @Option(help: "The file that is written.") var out = "proposal.json"
  @OptionGroup var options: DataOptions

  func validate() throws {
    guard Period(lives) != nil else { throw ValidationError("--lives is a length of time such as P30D") }
    if let notBefore, Instant(notBefore) == nil {
      throw ValidationError("--not-before is a time such as 2026-12-01T00:00:00Z")
    }
    if root == nil, title.isEmpty { throw ValidationError("--title says in one line what the change is about") }
  }

  func run() async throws {
    try await refusing {
      try EnvelopeFile.write(draft: try await envelope(), as: "proposal", to: out)
    }
  }

  private func envelope() async throws -> Envelope {
    if let root {
      return Envelope(payloadType: GovernanceRoot.payloadType, payload: try InputFile.read(root))
    }
    let state = try await options.governed()
    let snapshot: RulebookSnapshot
    do throws(RulebookRejected) {
      snapshot = try RulebookLoader.load(directory: candidate, runSpecs: true).snapshot
    } catch {
      error.report()
      throw ExitCode.couldNotStart
    }
    let now = Instant.now
    var draft = RulebookProposal.Draft(
      realm: state.root.realm, sequence: state.active.sequence + 1, previous: state.active.payload,
      root: state.root.digest, files: snapshot.manifest, expires: now.later(by: Period(lives)?.seconds ?? 0),
      title: title, requiredHost: Version.text)
    draft.notBefore = notBefore.flatMap { Instant($0) }
    draft.withdrawn = withdraw
    draft.impact = try impact.map { try ImpactReport($0).digest }
    return Envelope(payloadType: RulebookProposal.payloadType, payload: RulebookProposal.payload(draft))
  }
}

/// The report of a backtest, held against the digest it gives itself.
struct ImpactReport {
  let digest: String
  private let json: JSON

  /// The report at `path`. Throws when it isn't one, or was changed.
  init(_ path: String) throws {
    json = try InputFile.json(path)
    guard json["report"]?.string?.begins(with: "cascade-backtest/") == true, let digest = json["digest"]?.string,
      let object = json.object
    else { throw ReadingError(message: "\(path) is no report of a backtest") }
    var bare = JSON.Object()
    for member in object.members where member.name != "digest" && member.name != "elapsed_ms" {
      bare.append(member.name, member.value)
    }
    guard Envelope.digest(JSON.object(bare).bytes) == digest else {
      throw ReadingError(message: "\(path) was changed: its digest isn't that of its content")
    }
    self.digest = digest
  }

  /// What it comes to, in at most five lines.
  var lines: [String] {
    let names = ["window", "coverage", "classes", "money", "subjects"]
    return names.compactMap { name in json[name].map { "\(name): \(Self.shortened($0.text))" } }
  }

  private static func shortened(_ text: String) -> String {
    let scalars = text.unicodeScalars
    return scalars.count <= 160 ? text : String(String.UnicodeScalarView(scalars.prefix(159))) + "…"
  }
}
