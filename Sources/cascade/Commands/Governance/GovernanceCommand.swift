import ArgumentParser
import Core
import Decisions
import Governance
import Ledger
import Rulebook
import StoreSQLite

/// `cascade governance`: who may change the rules of a host, and what they are changing.
struct GovernanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "governance",
    abstract: "Proposes, signs, vetoes and follows changes of the rules that need several holders.",
    discussion: """
      Envelopes are files: one command writes them, `sign` adds signatures on the holder's own machine, `submit` sends \
      them to a host.
      """,
    subcommands: [
      GovernanceKey.self, InitGovernance.self, ShowGovernance.self, GovernanceQueue.self, ProposeRules.self,
      SignEnvelope.self, SubmitEnvelope.self, VetoProposal.self, BeginEmergency.self, ConfirmFreshness.self,
      VerifyGovernance.self, GovernanceLog.self,
    ])
}

extension DataOptions {
  /// What a host's chain comes to, beside the host or without one; nil without a root. Tells `body` each step.
  func governance(
    _ body: (GovernanceStep, GovernanceState) -> Void = { _, _ in }
  ) async throws -> GovernanceState? {
    try await withLedger { store in try await Self.state(of: store, body) }
  }

  /// The same of the host of a data directory.
  static func governance(
    in data: String, _ body: (GovernanceStep, GovernanceState) -> Void = { _, _ in }
  ) async throws -> GovernanceState? {
    try await LedgerLocation.reading(data) { store in try await state(of: store, body) }
  }

  private static func state(
    of store: any LedgerStore, _ body: (GovernanceStep, GovernanceState) -> Void
  ) async throws -> GovernanceState? {
    var chain = GovernanceChain()
    try await chain.follow(store, body)
    return chain.state
  }

  /// The same, and there must be a root.
  func governed() async throws -> GovernanceState {
    guard let state = try await governance() else {
      throw GovernanceError(.notGoverned, "the host of \(data) isn't governed: 'cascade governance init' begins it")
    }
    return state
  }
}

/// An envelope in a file.
enum EnvelopeFile {
  /// The envelope at `path`, or an unsigned one around a root's payload in plain JSON.
  static func read(_ path: String) throws -> Envelope {
    let bytes = try InputFile.read(path)
    if let json = try? JSON(parsing: bytes), json["_type"]?.string == "root" {
      return Envelope(payloadType: GovernanceRoot.payloadType, payload: bytes)
    }
    return try Envelope(parsing: bytes)
  }

  static func write(_ envelope: Envelope, to path: String) throws {
    try OutputFile.write(envelope.json.text + "\n", to: path)
  }

  /// Writes an envelope that nobody has signed yet, and says so: `{"NAME":digest,"file":path}`.
  static func write(draft envelope: Envelope, as name: String, to path: String) throws {
    _ = try SignedPayload(envelope)
    try write(envelope, to: path)
    Output.write(.object(JSON.Object([(name, .string(envelope.digest)), ("file", .string(path))])))
  }
}

extension RulebookSnapshot {
  /// The files in a directory, which needn't load. Throws what is wrong, naming the directory.
  static func reading(_ directory: String) throws -> RulebookSnapshot {
    do throws(RulebookRejected) {
      return try RulebookLoader.read(directory: directory)
    } catch {
      throw ReadingError(message: "\(directory): \(error)")
    }
  }

  /// The files as requests have them: an object of texts by their paths. O(bytes).
  var texts: JSON {
    let members = paths.map { path in
      (name: path, value: JSON.string(String(decoding: files[ExactText(path)] ?? [], as: UTF8.self)))
    }
    return .object(JSON.Object(members))
  }
}

/// Runs a command's body; what governance, a store or a file has against it is a line, and exit 2 where the answer is
/// no.
func refusing(_ body: () async throws -> Void) async throws {
  do {
    try await Output.reporting(body)
  } catch let error as GovernanceError {
    Output.note("error: \(error.code.rawValue): \(error.message)")
    throw ExitCode.no
  }
}
