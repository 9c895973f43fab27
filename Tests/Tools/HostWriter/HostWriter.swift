internal import Core
internal import Glibc
internal import Ledger
internal import StoreConformance
internal import StorePostgres

/// Writes transfers to the ledger in a PostgreSQL database, as one of several hosts, until it is killed. Prints the
/// number of each chain once the ledger has said that it is durable, and why when one comes to nothing:
/// `LedgerHostWriter ADDRESS HOST FIRST-NUMBER CALLERS`. A chain that met an error is sent again.
@main
struct LedgerHostWriter {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 5, let first = UInt64(arguments[3]), let callers = UInt64(arguments[4]) else {
      return print("wrong usage")
    }
    let store = try PostgresLedgerStore(PostgresAddress(arguments[1]), host: arguments[2])
    await withTaskGroup(of: Void.self) { group in
      for caller in 0..<callers { group.addTask { await write(to: store, from: first + caller * 10_000) } }
    }
  }

  private static func write(to store: PostgresLedgerStore, from first: UInt64) async {
    var number = first
    while true {
      do {
        let submission = Submission(passing(number).map { .event($0) }, authority: .operator)
        let outcomes = try await store.commit(submission).receipt.outcomes
        report(Set(outcomes).isSubset(of: ["created", "exists"]) ? "\(number)" : "refused \(outcomes)")
        number += 1
      } catch {
        report("failed \(error.code.rawValue)")
        try? await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  /// Writes a line to standard output at once: it reaches the pipe whole or not at all.
  private static func report(_ text: String) {
    let line = Array("\(text)\n".utf8)
    _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }
}
