internal import Core
internal import Glibc
internal import Ledger
internal import StoreSQLite
internal import Synchronization

/// Measures the ledger in SQLite for the benchmarks, and prints figures on one line:
///
///     LedgerThroughput create DIRECTORY ACCOUNTS          a new ledger with that many funded accounts
///     LedgerThroughput write DIRECTORY CALLERS SOURCES SECONDS
///         each caller sends one transfer at a time from one of the first SOURCES accounts to any other;
///         prints transfers, seconds and processor seconds
///     LedgerThroughput fill DIRECTORY ENTRIES             transfers, a thousand a commit
///     LedgerThroughput verify DIRECTORY                   prints entries and seconds
@main
struct LedgerThroughput {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    let numbers = arguments.dropFirst(2).compactMap { Int($0) }
    guard let mode = arguments.first, let directory = arguments.dropFirst().first else { return print("wrong usage") }
    switch (mode, numbers.count) {
    case ("create", 1): try await create(directory, accounts: numbers[0])
    case ("write", 3):
      try await write(directory, callers: numbers[0], sources: numbers[1], for: .seconds(numbers[2]))
    case ("fill", 1): try await fill(directory, entries: numbers[0])
    case ("verify", 0): try await verify(directory)
    default: print("wrong usage")
    }
  }

  private static func create(_ directory: String, accounts: Int) async throws {
    let store = try SQLiteLedgerStore(directory: directory)
    var transfers = Transfers(accounts: accounts, sources: accounts, seed: 0)
    let events = transfers.names.map { transfers.next(from: Transfers.world, to: $0, 1_000_000_000_000) }
    try check(try await store.commit(Submission(events.map { .event($0) }, authority: .operator)).receipt)
    await store.close()
  }

  private static func write(_ directory: String, callers: Int, sources: Int, for duration: Duration) async throws {
    let store = try SQLiteLedgerStore(directory: directory)
    let accounts = try await count(of: store) - 1
    let clock = ContinuousClock()
    let begin = clock.now
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for caller in 0..<callers {
        group.addTask {
          var transfers = Transfers(accounts: accounts, sources: sources, seed: UInt64(caller))
          var count = 0
          while clock.now - begin < duration {
            try check(try await store.commit(Submission([.event(transfers.next())], authority: .operator)).receipt)
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    print(count, (clock.now - begin) / .seconds(1), Double(Glibc.clock()) / 1_000_000)
    await store.close()
  }

  private static func fill(_ directory: String, entries: Int) async throws {
    let store = try SQLiteLedgerStore(directory: directory)
    let accounts = try await count(of: store) - 1
    var transfers = Transfers(accounts: accounts, sources: accounts, seed: 1 << 32)
    for begin in stride(from: 0, to: entries, by: 1_000) {
      let events = (begin..<min(begin + 1_000, entries)).map { _ in SubmittedEvent.event(transfers.next()) }
      try check(try await store.commit(Submission(events, authority: .operator)).receipt)
    }
    await store.close()
  }

  private static func verify(_ directory: String) async throws {
    let store = try SQLiteLedgerStore(reading: directory)
    let clock = ContinuousClock()
    let begin = clock.now
    let report = try await store.verify(against: nil)
    if let problem = report.problem { throw Refused(description: "entry \(problem.sequence) \(problem.message)") }
    print(report.entries, (clock.now - begin) / .seconds(1))
    await store.close()
  }

  private static func count(of store: SQLiteLedgerStore) async throws -> Int {
    var count = 0
    try await store.eachAccount { _ in count += 1 }
    return count
  }

  private static func check(_ receipt: Receipt) throws {
    if case .results = receipt, receipt.refusal == nil { return }
    throw Refused(description: "\(receipt)")
  }
}

/// What a benchmark must not meet.
struct Refused: Error, CustomStringConvertible {
  var description: String
}

/// Transfers of small amounts between `account:0`, `account:1` …, each with a new version 7 UUID.
struct Transfers {
  static let world = name("world")
  let names: [AccountName]
  private let sources: Int
  private var random: UInt64

  /// From the first `sources` of `accounts` to any other.
  init(accounts: Int, sources: Int, seed: UInt64) {
    names = (0..<accounts).map { Self.name("account:\($0)") }
    self.sources = sources
    random = (seed &+ 1) &* 0xD134_2543_DE82_EF95
  }

  mutating func next() -> LedgerEvent {
    let from = Int(step() % UInt64(sources))
    let to = (from + 1 + Int(step() % UInt64(names.count - 1))) % names.count
    return next(from: names[from], to: names[to], Int64(step() % 1_000))
  }

  mutating func next(from: AccountName, to: AccountName, _ minor: Int64) -> LedgerEvent {
    let id = Identifier(milliseconds: TimeSource.system.wall() / 1_000_000, random: (step(), step()))
    return .posted(id, from: from, to: to, Amount(minor, Self.ducats), reference: "benchmark")
  }

  /// SplitMix64.
  private mutating func step() -> UInt64 {
    random &+= 0x9E37_79B9_7F4A_7C15
    var mixed = random
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  private static let ducats: Asset = {
    guard let asset = Asset("DUC/2") else { preconditionFailure("DUC/2 is no asset") }
    return asset
  }()

  private static func name(_ text: String) -> AccountName {
    guard let name = AccountName(text) else { preconditionFailure("\(text) is no account") }
    return name
  }
}
