package import Core
internal import Platform

/// The parts of a host's data directory. This is the one list of what is missed when it isn't found, and whoever adds a
/// store of data adds it here.
package enum DataPart: String, Sendable, CaseIterable {
  /// Accounts, entries and the records of decisions with effects.
  case ledger
  /// Records of decisions without effects.
  case records
  /// Signed checkpoints of the ledger.
  case checkpoints
  /// Every rulebook that ever decided.
  case rulebooks
  /// The last generation's number.
  case generation
  /// The sessions of citizens who signed in.
  case sessions
  /// Payments, and credits that wait for Venice.
  case payments
  /// Who trusts whom, and how much.
  case graph
  /// The keys that sign tokens.
  case keys
  /// The keys that citizens enrolled.
  case enrolled
  /// The public keys of every signed checkpoint.
  case checkpointKeys = "checkpoint-keys"
  /// The key that signs checkpoints as notes.
  case noteKey = "note-key"
  /// The log of what operators did.
  case audit
  /// Tokens that were revoked before they ended.
  case revoked

  /// Where it lies in a data directory: a file, or a directory of files.
  package var path: String {
    switch self {
    case .ledger: "ledger/ledger.sqlite"
    case .sessions: "sessions/sessions.sqlite"
    case .payments: "payments/payments.sqlite"
    case .graph: "graph/graph.sqlite"
    case .keys: "keys/ring.json"
    case .enrolled: "keys/enrolled.json"
    case .checkpointKeys: "keys/checkpoints.json"
    case .noteKey: "keys/note.json"
    case .revoked: "keys/revoked"
    case .records, .checkpoints, .rulebooks, .generation, .audit: rawValue
    }
  }

  /// Whether an empty one says as much as one with content: revocations are removed when their tokens have ended.
  var mayBeEmpty: Bool { self == .revoked }

  /// What every host before the mark made at its start.
  static let ofEveryHost: Set<DataPart> = [.ledger, .records, .rulebooks, .generation, .sessions, .payments, .keys]

  /// What a host keeps in its directory though it shares a store with others.
  package static let ofSharingHosts: Set<DataPart> = [.records, .checkpoints, .rulebooks, .generation, .audit]

  /// What no command makes in a directory without a host.
  static let ofHostsAlone: Set<DataPart> = [.records, .sessions, .payments]

  /// The error that a host kept it in the directory `data`, and it isn't there, with what to do.
  package func loss(in data: String) -> StoreError {
    StoreError(
      .io,
      "\(data)/\(path) is missing or empty, and a host kept its \(rawValue) there: put back a copy, or let a host go "
        + "on without it by --accept-loss \(self == .ledger ? "0" : rawValue), once, which is recorded")
  }

  /// Whether it is in the directory `data`: a file with content, or a directory with a file in it. Blocks.
  package func isThere(in data: String) -> Bool {
    let path = data + "/" + path
    guard let signature = try? FileSignature(path) else { return false }
    if !signature.isDirectory { return signature.size > 0 || mayBeEmpty }
    // What an unfinished write left counts for nothing.
    return (try? Directory.entries(of: path))?.contains { !$0.name.ends(with: ".new") } ?? false
  }
}
