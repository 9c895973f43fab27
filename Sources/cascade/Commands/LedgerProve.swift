import ArgumentParser
import Core
import Cryptography
import Decisions
import Ledger
import StoreSQLite
import Tokens

/// `cascade ledger prove`: shows that the ledger has an entry.
struct ProveEntry: AsyncParsableCommand {
  /// The forms of a proof.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  static let configuration = CommandConfiguration(
    commandName: "prove", abstract: "Prints a proof that the ledger has an entry.",
    discussion: """
      The proof (C2SP tlog-proof) leads from the entry to a signed checkpoint of the whole ledger; whoever has the key \
      that `cascade ledger note-key` prints can check it without the ledger. The JSON form has the entry, too. Exits \
      with 2 when there is no such entry.
      """)

  @Argument(help: "The id of an entry, or of a decision with effects: its first entry, which names its record.")
  var id: String
  @OptionGroup var options: DataOptions
  @Option(help: "The form of the proof.") var format = Format.text

  func run() async throws {
    let signing = try options.noteKey()
    try await options.readingLedger { store in
      let notes = LedgerNotes(store, signedBy: try NoteKey(ledger: store.ledgerID, signing))
      guard let id = Identifier(id), let proven = try await notes.proof(of: id) else {
        Output.note("error: the ledger in \(try options.ledgerPlace()) has no entry \(id)")
        throw ExitCode.no
      }
      switch format {
      case .text: Output.write(proven.text)
      case .json: Output.write(proven.json)
      }
    }
  }
}

/// `cascade ledger note-key`: what verifies the ledger's proofs.
struct ShowNoteKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note-key", abstract: "Prints the public key that the ledger's proofs verify with.",
    discussion: "It verifies `cascade ledger prove` and GET /v1/ledger/checkpoint.note (C2SP signed-note).")

  @OptionGroup var options: DataOptions

  func run() async throws {
    let signing = try options.noteKey()
    try await options.readingLedger { store in
      Output.writeLine(try NoteKey(ledger: store.ledgerID, signing).verifierText)
    }
  }
}

extension DataOptions {
  /// The key that signs notes, made when there is none yet. On failure prints the problem and exits with 1.
  fileprivate func noteKey() throws -> SigningKey {
    guard try hasLedger() else {
      Output.note("error: there is no ledger in \(data)/ledger; --data names the directory that a host keeps")
      throw ExitCode.couldNotStart
    }
    do {
      if try sharedAddress() == nil { try DataMark.check(.noteKey, in: data) }
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    return try withKeys { (directory) throws(TokenError) in try StoredNoteKey(directory).current() }
  }
}
