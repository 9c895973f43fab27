internal import Core
internal import Glibc
internal import Ledger
internal import StoreConformance
internal import StorePostgres

/// Writes transfers to the ledger in a PostgreSQL database, as one of several hosts, until it is killed. Prints the
/// number of each chain once the ledger has said that it is durable, and why when one comes to nothing:
/// `LedgerHostWriter ADDRESS HOST FIRST-NUMBER CALLERS [ACCOUNTS]`. A chain that met an error is sent again. With
/// ACCOUNTS, chains move a ducat there and back between one of so many pairs of accounts, which are funded first.
@main
struct LedgerHostWriter {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard 5...6 ~= arguments.count, let first = UInt64(arguments[3]), let callers = UInt64(arguments[4]),
      let accounts = arguments.count == 6 ? UInt64(arguments[5]) : 0
    else {
      return print("wrong usage")
    }
    let store = try PostgresLedgerStore(PostgresAddress(arguments[1]), host: arguments[2])
    for number in 0..<accounts {
      let funds = LedgerEvent.posted(
        id(1 << 40 | number), from: account("world"), to: account("left:\(number)"), ducats(1_000_000))
      _ = try await store.commit(Submission([.event(funds)], authority: .operator))
    }
    await withTaskGroup(of: Void.self) { group in
      for caller in 0..<callers {
        group.addTask {
          await write(to: store, from: first + caller * 10_000) { accounts == 0 ? passing($0) : back($0, accounts) }
        }
      }
    }
  }

  /// A ducat there and back between one of so many pairs of accounts.
  private static func back(_ number: UInt64, _ accounts: UInt64) -> [LedgerEvent] {
    // Neighbouring callers' numbers lie far apart.
    let pair = number / 10_000 * 7_919 % accounts + number % accounts
    let (left, right) = (account("left:\(pair % accounts)"), account("right:\(pair % accounts)"))
    var there = LedgerEvent.posted(id(2 * number), from: left, to: right, ducats(1))
    there.isLinked = true
    return [there, .posted(id(2 * number + 1), from: right, to: left, ducats(1))]
  }

  private static func write(
    to store: PostgresLedgerStore, from first: UInt64, _ chain: @Sendable (UInt64) -> [LedgerEvent]
  ) async {
    var number = first
    while true {
      do {
        let submission = Submission(chain(number).map { .event($0) }, authority: .operator)
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
