import ArgumentParser
import Core
import Decisions
import Platform
import StoreSQLite

/// `cascade migrate`: brings a data directory to the forms that this version writes, or says what that would do.
struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Brings a data directory to the forms of this version, as the first start of a host does.",
    discussion: """
      Takes a backup's place in nothing: make one before, since an earlier version can't read what a later one wrote. \
      Exits with 2 when a later version wrote the data, and says which one is needed.
      """)

  @OptionGroup var options: DataOptions
  @Flag(help: "Only says what would be done; also beside a running host.") var dryRun = false

  func run() throws {
    do {
      let data = options.data
      guard File.exists(data) else {
        throw ReadingError(message: "there is no \(data); --data names a host's directory")
      }
      try options.actAsOwner()
      let lock = try dryRun ? nil : DataDirectory.lock(data)
      defer { withExtendedLifetime(lock) {} }
      try migrate(data)
    } catch let code as ExitCode {
      throw code
    } catch let error as StoreError where error.code == .unsupportedVersion {
      Output.note("error: \(error.message)")
      throw ExitCode.no
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  private func migrate(_ data: String) throws {
    // Refuses what a later version wrote.
    let mark = try DataMark.read(in: data)
    try Self.checkForms(in: data)
    let formats = try Self.formats(in: data)
    var steps = 0
    for (store, format) in formats {
      steps += format.steps
      if !dryRun, format.steps > 0 {
        if let part = DataPart(rawValue: store.rawValue) { try DataMark.expectChange(of: part, in: data) }
        try StoreFormat.migrate(store, in: "\(data)/\(store.rawValue)")
      }
      Output.writeLine(Self.line(store.rawValue, format, isDone: !dryRun))
    }
    Output.writeLine(Self.line("mark", found: mark == nil ? 0 : 1))
    if steps == 0 { return Output.writeLine("ok: nothing is to be done") }
    Output.writeLine("ok: \(steps) steps \(dryRun ? "would be" : "were") taken")
    if !dryRun { try options.note("migrate", ("steps", "\(steps)")) }
  }

  /// Throws, with the version that is needed, when a later one wrote a store in the directory `data`; what can't be
  /// read is said by whoever opens it.
  static func checkForms(in data: String) throws(StoreError) {
    for store in StoreFormat.Store.allCases {
      let format = try? StoreFormat.read(store, in: "\(data)/\(store.rawValue)")
      if format?.isLater == true { throw DataMark.later("\(data)/\(store.path)", in: data) }
    }
  }

  /// The stores that are there, each with its form.
  private static func formats(in data: String) throws(StoreError) -> [(store: StoreFormat.Store, format: StoreFormat)] {
    var formats: [(StoreFormat.Store, StoreFormat)] = []
    for store in StoreFormat.Store.allCases {
      if let format = try StoreFormat.read(store, in: "\(data)/\(store.rawValue)") { formats.append((store, format)) }
    }
    return formats
  }

  private static func line(_ name: String, _ format: StoreFormat, isDone: Bool) -> String {
    let padding = String(repeating: " ", count: max(1, 10 - name.utf8.count))
    if format.steps == 0 { return "\(name)\(padding)form \(format.found)" }
    return "\(name)\(padding)form \(format.found), \(isDone ? "became" : "becomes") \(format.known)"
  }

  private static func line(_ name: String, found: Int) -> String {
    name + String(repeating: " ", count: max(1, 10 - name.utf8.count))
      + (found == 0 ? "none: the first host makes it" : "form \(found)")
  }
}

extension StoreFormat.Store {
  /// Where its file is in a data directory.
  var path: String { "\(rawValue)/\(rawValue).sqlite" }
}
