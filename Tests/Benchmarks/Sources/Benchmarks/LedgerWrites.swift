import Foundation

/// Durable transfers, against the same in plain C and SQLite, and against PostgreSQL on the same disk.
enum LedgerWrites {
  private static let callers = [1, 32, 256]
  private static let accounts = 1_000
  private static let entries = 1_000_000
  private static let seconds = 3
  private static let aimOfVerify = 500_000.0

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let disk = try Disk(settings)
    defer { disk.directory.remove() }
    let ledger = Ledger(settings: settings, disk: disk.directory)
    try ledger.create(accounts: accounts)
    let postgres = try Postgres(in: disk.directory, clients: callers.max() ?? 1)
    defer { postgres.stop() }
    var figures = Figures()
    for _ in 0..<settings.rounds {
      figures.add("disk", try ledger.sync(seconds: 1).rate)
      for count in callers {
        figures.add("ours \(count)", try ledger.ours(count, sources: accounts, seconds))
        figures.add("plain \(count)", try ledger.plain(count, sources: accounts, seconds))
        figures.add("postgres \(count)", try postgres.rate(clients: count, seconds: seconds))
      }
      let many = callers.max() ?? 1
      figures.add("hot", try ledger.ours(many, sources: 1, seconds))
      figures.add("many", try ledger.ours(many, sources: accounts, seconds))
    }
    return report(figures, postgres.version) + [try verification(settings, ledger)]
  }

  private static func report(_ figures: Figures, _ postgres: String) -> [Row] {
    var rows = [Row(what: "syncs of one page a second, the disk alone", cascade: figures["disk"].text(), aim: "")]
    for count in callers {
      let what = "durable transfers a second, \(count) caller\(count == 1 ? "" : "s")"
      let ours = figures["ours \(count)"].text()
      let toPlain = figures.ratio("ours \(count)", "plain \(count)")
      let toPostgres = figures.ratio("ours \(count)", "postgres \(count)")
      let isAimed = count == callers.max()
      rows.append(
        Row(
          what: what, cascade: ours, other: figures["plain \(count)"].text() + " plain C and SQLite",
          ratio: toPlain.text(2), aim: "≥ 0.8", isMet: toPlain >= 0.8))
      rows.append(
        Row(
          what: what, cascade: ours, other: figures["postgres \(count)"].text() + " TPC-B, \(postgres)",
          ratio: toPostgres.text(2), aim: isAimed ? "≥ 4" : "", isMet: isAimed ? toPostgres >= 4 : nil))
      rows.append(
        Row(
          what: "processor time of each, µs", cascade: figures["ours \(count) processor"].text(1),
          other: figures["plain \(count) processor"].text(1) + " plain C and SQLite",
          ratio: figures.ratio("ours \(count) processor", "plain \(count) processor").text(2), aim: ""))
    }
    let hot = figures.ratio("hot", "many")
    rows.append(
      Row(
        what: "the same, all from one account", cascade: figures["hot"].text(),
        other: figures["many"].text() + " from \(accounts)", ratio: hot.text(2), aim: "≥ 1.0", isMet: hot >= 1))
    return rows
  }

  private static func verification(_ settings: Settings, _ ledger: Ledger) throws -> Row {
    try ledger.fill(entries: entries)
    let rate = try (0..<settings.rounds).map { _ in try ledger.verify().rate }.median
    return Row(
      what: "entries verified a second, of \(entries)", cascade: rate.text(), ratio: (rate / aimOfVerify).text(2),
      aim: "≥ \(aimOfVerify.text())", isMet: rate >= aimOfVerify)
  }
}

/// Figures by name, in the order they were measured.
private struct Figures {
  private var all: [String: [Double]] = [:]

  mutating func add(_ name: String, _ figure: Double) { all[name, default: []].append(figure) }

  mutating func add(_ name: String, _ run: LedgerRun) {
    add(name, run.rate)
    add("\(name) processor", run.processorMicroseconds)
  }

  /// The median.
  subscript(name: String) -> Double { (all[name] ?? []).median }

  /// The median of the ratios, round by round.
  func ratio(_ one: String, _ other: String) -> Double { zip(all[one] ?? [], all[other] ?? []).map { $0 / $1 }.median }
}

/// What a program says of one run: `COUNT SECONDS [PROCESSOR-SECONDS]`.
struct LedgerRun {
  /// How many a second.
  var rate: Double
  /// Processor time of each.
  var processorMicroseconds = 0.0

  init(_ text: String) throws {
    let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
    guard numbers.count >= 2, numbers[0] > 0, numbers[1] > 0 else { throw BenchmarkError("no figures: \(text)") }
    rate = numbers[0] / numbers[1]
    if numbers.count > 2 { processorMicroseconds = numbers[2] / numbers[0] * 1_000_000 }
  }
}

/// The two writers of ledgers, each run on a fresh copy of one ledger.
private struct Ledger {
  private let ours: String
  private let plain: String
  private let disk: WorkDirectory
  private var begun: String { disk.file("begun") }
  private var run: String { disk.file("run") }
  private var long: String { disk.file("long") }

  init(settings: Settings, disk: WorkDirectory) {
    ours = settings.ledgerThroughput
    plain = settings.plainLedger
    self.disk = disk
  }

  func create(accounts: Int) throws { _ = try Program.run(ours, ["create", begun, String(accounts)]) }

  func fill(entries: Int) throws {
    try copy(to: long)
    _ = try Program.run(ours, ["fill", long, String(entries)])
  }

  func verify() throws -> LedgerRun { try LedgerRun(Program.run(ours, ["verify", long])) }

  func sync(seconds: Int) throws -> LedgerRun {
    try LedgerRun(Program.run(plain, ["sync", disk.path, String(seconds)]))
  }

  func ours(_ callers: Int, sources: Int, _ seconds: Int) throws -> LedgerRun {
    try write(ours, callers, sources, seconds)
  }

  func plain(_ callers: Int, sources: Int, _ seconds: Int) throws -> LedgerRun {
    try write(plain, callers, sources, seconds)
  }

  /// Both write the same ledger: what either wrote must verify.
  private func write(_ program: String, _ callers: Int, _ sources: Int, _ seconds: Int) throws -> LedgerRun {
    try copy(to: run)
    defer { try? FileManager.default.removeItem(atPath: run) }
    let text = try Program.run(program, ["write", run, String(callers), String(sources), String(seconds)])
    _ = try Program.run(ours, ["verify", run])
    return try LedgerRun(text)
  }

  private func copy(to path: String) throws {
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: begun, toPath: path)
    Glibc.sync()
  }

}

/// A directory on a disk that keeps what it is given.
private struct Disk {
  let directory: WorkDirectory

  init(_ settings: Settings) throws {
    let kind = try Program.run("stat", ["-f", "-c", "%T", settings.disk]).trimmingCharacters(
      in: .whitespacesAndNewlines)
    if ["tmpfs", "ramfs"].contains(kind) {
      throw BenchmarkError("\(settings.disk) is in memory; name a directory on a disk with --disk")
    }
    directory = try WorkDirectory(in: settings.disk)
  }
}
