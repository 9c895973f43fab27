import Foundation

/// Runs every pair in turns on this machine and prints medians and ratios.
///
/// `Benchmarks CASCADE PLAIN_DECISION RULEBOOK BENCHMARKS_DIRECTORY [--rounds N] [--only NAME]… [--disk DIRECTORY]
/// [--python PROGRAM]`
@main
struct Benchmarks {
  static func main() {
    // A server that went away while it is written to is an error of that write.
    signal(SIGPIPE, SIG_IGN)
    do {
      let settings = try Settings(Array(CommandLine.arguments.dropFirst()))
      try report(settings)
    } catch {
      note("error: \(error)")
      exit(1)
    }
  }

  private static func report(_ settings: Settings) throws {
    let work = try WorkDirectory()
    defer { work.remove() }
    print(Machine.description(cascade: settings.cascade))
    print("")
    var table = Table()
    for (name, measure) in measurements where settings.includes(name) {
      note("measuring \(name)…")
      try table.append(contentsOf: measure(settings, work))
    }
    print(table.text)
    print("")
    print(Machine.load)
  }

  private static func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

  private static var measurements: [(name: String, measure: (Settings, WorkDirectory) throws -> [Row])] {
    [
      ("process", InProcess.rows), ("port", PortAgainstNginx.rows), ("batch", Batches.rows),
      ("reload", ReloadLatency.rows), ("memory", IdleMemory.rows), ("ledger", LedgerWrites.rows),
      ("tokens", Tokens.rows), ("graph", GraphAgainstPeers.rows), ("money", MoneyRates.rows),
      ("stream", StreamReading.rows),
    ]
  }
}

/// What was asked for on the command line.
struct Settings {
  /// The program that is measured.
  var cascade: String
  /// What it is measured against in process.
  var plainDecision: String
  /// The shipped rulebook's directory.
  var rulebook: String
  /// Where `nginx.conf` lies.
  var benchmarks: String
  /// What writes the ledger to be measured; it lies beside the program.
  var ledgerThroughput: String { beside(cascade, "LedgerThroughput") }
  /// What it is measured against; it lies beside the other.
  var plainLedger: String { beside(plainDecision, "PlainLedger") }
  /// What makes and checks tokens; it lies beside the program.
  var tokenWork: String { beside(cascade, "TokenWork") }
  /// What does the same by jwt-kit.
  var jwtKitWork: String { beside(plainDecision, "JWTKitWork") }
  /// What reads the stream.
  var streamReaders: String { beside(plainDecision, "StreamReaders") }
  /// What works on the graph in process.
  var graphWork: String { beside(plainDecision, "GraphWork") }
  /// A Python that has what tokens and the graph are compared with.
  var python = "python3"
  /// A directory on the disk that ledgers are written to.
  var disk = "/var/tmp"
  /// How often each pair is run.
  var rounds = 7
  private var only: Set<String> = []

  init(_ arguments: [String]) throws {
    guard arguments.count >= 4 else {
      throw BenchmarkError("wants CASCADE PLAIN_DECISION RULEBOOK BENCHMARKS_DIRECTORY")
    }
    (cascade, plainDecision, rulebook, benchmarks) = (arguments[0], arguments[1], arguments[2], arguments[3])
    var rest = arguments.dropFirst(4)
    while let option = rest.popFirst() {
      guard let value = rest.popFirst() else { throw BenchmarkError("\(option) wants a value") }
      switch option {
      case "--only": only.insert(value)
      case "--disk": disk = value
      case "--python": python = value
      case "--rounds":
        guard let count = Int(value), count > 0 else { throw BenchmarkError("--rounds wants a number above 0") }
        rounds = count
      default: throw BenchmarkError("unknown option '\(option)'")
      }
    }
  }

  private func beside(_ program: String, _ name: String) -> String {
    URL(fileURLWithPath: program).deletingLastPathComponent().appendingPathComponent(name).path
  }

  func includes(_ name: String) -> Bool { only.isEmpty || only.contains(name) }
}

/// What kept a measurement from being made.
struct BenchmarkError: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
