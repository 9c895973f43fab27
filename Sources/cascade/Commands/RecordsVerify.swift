import ArgumentParser
import Core
import Decisions
import Ledger
import StorePostgres

/// `cascade records verify`: recognises copies of segments that were removed.
struct RecordsVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Holds copies of removed segments against the anchors that stand for them.",
    discussion: """
      Several copies are of one log, in its order. Prints each anchor that ends in them, and the sequence of its \
      entry in the ledger, which `cascade ledger prove` proves. What hosts share is removed in pieces of other \
      lengths than their segments, so a copy that lies within a piece is recognised together with those behind it. \
      Exits with 2 when the copies, or the last records in them, aren't what was removed.
      """)

  @Argument(help: "The copies, packed or not: 000000000001.packed") var files: [String]
  @OptionGroup var options: DataOptions

  func run() async throws {
    try await options.readingLedger { store in
      let copies: ArchivedRecords
      do throws(StoreError) {
        copies = try ArchivedRecords(files)
      } catch {
        Output.note("error: \(error.message)")
        throw error.code == .corrupt ? ExitCode.no : ExitCode.couldNotStart
      }
      let standing = copies.standing(among: try await anchors(in: store))
      for anchor in standing.anchors {
        guard let entry = try await store.entry(RecordAnchor.id(of: anchor.log, first: anchor.first)) else { continue }
        var answer = anchor.json.object ?? JSON.Object()
        answer.append("entry", .string(entry.entry.id.description))
        answer.append("sequence", .integer(entry.entry.sequence))
        Output.write(.object(answer))
      }
      if standing.unknown == 0 { return }
      let place = try options.ledgerPlace()
      Output.note(
        standing.anchors.isEmpty
          ? "error: no anchor of the ledger in \(place) stands for \(files.joined(separator: ", "))"
          : "error: no anchor of the ledger in \(place) stands for the last \(standing.unknown) of \(copies.count) "
            + "records; name the copy that follows, too, if there is one")
      throw ExitCode.no
    }
  }

  /// What the ledger has of the logs in the data directory; of hosts that share a store, of the logs that are stored
  /// there, and of those that a host had before it shared one.
  private func anchors(in ledger: any LedgerStore) async throws -> RecordAnchors {
    guard let address = try options.sharedAddress() else {
      return try await RecordReader(directory: DataDirectory.records(in: options.data)).anchors(in: ledger)
    }
    let stored = try PostgresDecisionLog(address, host: "command")
    do throws(StoreError) {
      let anchors = try await stored.anchors(in: ledger)
      await stored.close()
      return anchors
    } catch {
      await stored.close()
      throw error
    }
  }
}
