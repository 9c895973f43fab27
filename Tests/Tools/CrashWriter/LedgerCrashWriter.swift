internal import Core
internal import Ledger
internal import StoreConformance
internal import StoreSQLite

/// Writes transfers to the ledger in a directory, prints the number of each chain once the ledger has said that it is
/// durable, and `failed` for each that met an error, or when the ledger can't be opened:
/// `LedgerCrashWriter DIRECTORY FIRST-NUMBER CHAINS FULL|NORMAL CHECKPOINT-PAGES`.
@main
struct LedgerCrashWriter {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 6, let first = UInt64(arguments[2]), let chains = UInt64(arguments[3]),
      let durability = Durability(rawValue: arguments[4]), let pages = Int(arguments[5])
    else { return print("wrong usage") }
    var limits = LedgerLimits()
    limits.checkpointPages = pages
    let store: SQLiteLedgerStore
    do {
      store = try SQLiteLedgerStore(directory: arguments[1], limits: limits, durability: durability)
    } catch {
      return report("failed")
    }
    await withTaskGroup(of: Void.self) { group in
      for lane in UInt64(0)..<8 {
        let start = first + lane * 1_000_000
        group.addTask { await write(to: store, start..<(start + chains / 8)) }
      }
    }
    await store.close()
  }

  private static func write(to store: SQLiteLedgerStore, _ numbers: Range<UInt64>) async {
    for number in numbers {
      // One write of one short line: it reaches the pipe whole or not at all.
      do {
        let receipt = try await store.commit(Submission(passing(number).map { .event($0) }, authority: .operator))
          .receipt
        report(receipt.refusal == nil ? "\(number)" : "refused")
      } catch {
        report("failed")
      }
    }
  }
}
