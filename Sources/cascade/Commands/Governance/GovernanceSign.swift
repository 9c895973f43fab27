import ArgumentParser
import Core
import Cryptography
import Governance
import Rulebook
import Tokens

/// `cascade governance sign`: shows what an envelope means and adds a holder's signature.
struct SignEnvelope: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Shows what an envelope changes, and signs it once its digest is confirmed.",
    discussion: """
      Asks nobody: it reads the files on this machine only. For a rulebook it needs the root in force, the directory \
      of the rules in force and that of the candidate. The last of the eight groups of the digest must be typed.
      """)

  @Argument(help: "The envelope, or the payload of a root in plain JSON.") var file: String
  @Option(help: "The holder's private key.") var key: String
  @Option(help: "The signed root in force.") var root: String?
  @Option(help: "The directory of the rules in force.") var current: String?
  @Option(help: "The directory of the proposed rules.") var candidate: String?
  @Option(help: "The report that the proposal names as its impact.") var impact: String?
  @Option(help: "The file that is written. (default: FILE)") var out: String?

  func run() async throws {
    try await refusing {
      let secret = try holder()
      var envelope = try EnvelopeFile.read(file)
      let payload = try SignedPayload(envelope)
      for line in try Reading(payload, self).lines { Output.writeLine(line) }
      let groups = Self.groups(envelope.digest)
      Output.writeLine("digest     " + groups.joined(separator: " "))
      Output.status("Type the last group to sign: ")
      var input = InputLines()
      guard let typed = try input.next(), String(decoding: typed, as: UTF8.self).trimmed == groups.last ?? "" else {
        Output.note("error: that isn't the last group, so nothing was signed")
        throw ExitCode.no
      }
      do {
        try envelope.add([try secret.signature(of: envelope)])
      } catch let error as CryptographyError {
        throw ReadingError(message: "can't sign: \(error.reason)")
      }
      try EnvelopeFile.write(envelope, to: out ?? file)
      Output.note("signed by \(secret.key.id); \(envelope.signatures.count) signatures")
    }
  }

  private func holder() throws -> HolderSecret {
    do throws(TokenError) {
      return try SecretFile.read(path: key) { (text) throws(TokenError) in
        do throws(GovernanceError) {
          return try HolderSecret(pem: text)
        } catch {
          throw TokenError("\(key): \(error.message)")
        }
      }
    } catch {
      throw ReadingError(message: error.reason)
    }
  }

  /// A digest's digits in eight groups.
  static func groups(_ digest: String) -> [String] {
    let digits = Array(digest.utf8.suffix(64))
    return stride(from: 0, to: digits.count, by: 8).map { place in
      String(decoding: digits[place..<min(place + 8, digits.count)], as: UTF8.self)
    }
  }
}

extension SignEnvelope {
  /// What a payload means, in lines for the holder.
  private struct Reading {
    let lines: [String]

    init(_ payload: SignedPayload, _ options: SignEnvelope) throws {
      switch payload.content {
      case .root(let next): lines = try Self.root(next, payload, options)
      case .rulebook(let rulebook): lines = try Self.rulebook(rulebook, payload, options)
      case .act(let act):
        lines =
          [
            "act        \(act.action.name)", "realm      \(act.realm)", "reason     \(act.reason)",
            "time       \(act.time.text), expires \(act.expires.text)",
          ] + Self.details(act)
      }
    }

    private static func details(_ act: GovernanceAct) -> [String] {
      switch act.action {
      case .veto(let proposal): ["proposal   \(proposal)"]
      case .revert(let digest), .freshness(let digest): ["rulebook   \(digest)"]
      case .suspend(let points): ["points     \(points?.joined(separator: ", ") ?? "whatever has effects")"]
      case .hold: []
      }
    }

    private static func root(
      _ next: GovernanceRoot, _ payload: SignedPayload, _ options: SignEnvelope
    ) throws -> [String] {
      var lines = [
        "root       version \(next.version), mode \(next.mode.rawValue), expires \(next.expires.text)",
        "realm      \(next.realm)",
      ]
      for role in GovernanceRoot.Role.allCases {
        guard let quorum = next.roles[role] else { continue }
        let names = quorum.keys.map { next.holders[$0.id] ?? $0.id }.joined(separator: ", ")
        lines.append("\(role.rawValue): \(quorum.threshold) of \(names)")
      }
      for change in ChangeClass.allCases { lines.append("delay of \(change.rawValue): \(next.delay(of: change).text)") }
      let old = try options.root.map { try GovernanceRoot(try EnvelopeFile.read($0)) }
      return lines + signers(payload, [next] + (old.map { [$0] } ?? []))
    }

    private static func rulebook(
      _ rulebook: RulebookProposal, _ payload: SignedPayload, _ options: SignEnvelope
    ) throws -> [String] {
      guard let path = options.root, let current = options.current, let candidate = options.candidate else {
        throw ReadingError(message: "a rulebook is signed with --root, --current and --candidate at hand")
      }
      let root = try GovernanceRoot(try EnvelopeFile.read(path))
      guard root.digest == rulebook.root, root.realm == rulebook.realm else {
        throw GovernanceError(.otherRoot, "the proposal names another root, or realm, than \(path)")
      }
      let (old, new) = (try RulebookSnapshot.reading(current), try RulebookSnapshot.reading(candidate))
      let differences = rulebook.files.differences(in: new.manifest)
      guard differences.isEmpty else {
        throw GovernanceError(
          .files, "\(candidate) isn't what is proposed: " + differences.map(\.description).joined(separator: ", "))
      }
      let change = rulebook.files.change(from: old.manifest)
      var lines = [
        "proposal   \(rulebook.title)", "realm      \(rulebook.realm)",
        "sequence   \(rulebook.sequence), after \(rulebook.previous)",
        "class      \(change.rawValue), delay \(root.delay(of: change).text), expires \(rulebook.expires.text)",
      ]
      lines += signers(payload, [root])
      lines += FileDifferences.lines(from: old, to: new)
      lines += numbers(from: old, to: new)
      return try lines + impact(rulebook, options.impact)
    }

    private static func signers(_ payload: SignedPayload, _ roots: [GovernanceRoot]) -> [String] {
      let names = roots.flatMap { root in
        root.signers(of: payload.envelope).signatures.map { root.holders[$0.keyID] ?? $0.keyID }
      }
      return ["signed by  " + (names.isEmpty ? "nobody yet" : Set(names).sorted().joined(separator: ", "))]
    }

    private static func numbers(from old: RulebookSnapshot, to new: RulebookSnapshot) -> [String] {
      guard let before = try? PolicyNumbers.read(old), let after = try? PolicyNumbers.read(new) else {
        return ["numbers    can't be read: one of the rulebooks doesn't load"]
      }
      let changes = PolicyNumbers.changes(from: before, to: after)
      if changes.isEmpty { return ["numbers    none changes"] }
      return ["numbers    old → new"]
        + changes.map { "  \($0.name)  \($0.old?.text ?? "none") → \($0.new?.text ?? "none")" }
    }

    private static func impact(_ rulebook: RulebookProposal, _ path: String?) throws -> [String] {
      guard let wanted = rulebook.impact else { return ["impact     no report is named"] }
      guard let path else {
        throw ReadingError(message: "the proposal names the report \(wanted); give it with --impact")
      }
      let report = try ImpactReport(path)
      guard report.digest == wanted else {
        throw GovernanceError(.digest, "\(path) is the report \(report.digest), the proposal names \(wanted)")
      }
      return ["impact     \(wanted)"] + report.lines.map { "  " + $0 }
    }
  }
}

/// What changes between two rulebooks, as lines with a sign before each.
enum FileDifferences {
  /// A line for each file that differs, and below it each line that goes or comes. O(lines · differences).
  static func lines(from old: RulebookSnapshot, to new: RulebookSnapshot) -> [String] {
    old.manifest.differences(in: new.manifest).flatMap { difference -> [String] in
      let before = text(old, difference.path)
      let after = text(new, difference.path)
      let changes = after.difference(from: before)
      return ["\(difference)"]
        + changes.removals.compactMap { line($0, "-") } + changes.insertions.compactMap { line($0, "+") }
    }
  }

  private static func text(_ snapshot: RulebookSnapshot, _ path: String) -> [String] {
    guard let bytes = snapshot.files[path] else { return [] }
    return String(decoding: bytes, as: UTF8.self).byteLines.map { String($0) }
  }

  private static func line(_ change: CollectionDifference<String>.Change, _ sign: String) -> String? {
    switch change {
    case .insert(let offset, let element, _), .remove(let offset, let element, _):
      "  \(sign)\(offset + 1): \(element)"
    }
  }
}
