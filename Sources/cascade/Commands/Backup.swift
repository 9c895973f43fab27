import ArgumentParser
import Core
import Decisions
import Glibc
import Platform

/// `cascade backup`: a copy of a data directory that was restored and verified before it is called one.
struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copies a data directory, restores the copy beside it and verifies it before it says ok.",
    discussion: """
      Works beside a running host, which goes on. Neither private keys nor sessions are in it: after a restore \
      everybody signs in again. Exits with 2 when the copy doesn't verify, as then the data don't either; \
      `cascade doctor` and `cascade ledger verify` say more.
      """)

  @OptionGroup var options: DataOptions
  @Option(help: "The backup's folder, which is made; it may be there if it is empty.") var to: String

  func validate() throws {
    if to.isEmpty { throw ValidationError("--to is empty") }
  }

  func run() async throws {
    let trial = "\(to).verifying-\(getpid())"
    defer { CopiedFile.removeAll(trial) }
    let report = try await Restoring.reporting("\(to) is no backup; what it was copied from doesn't verify") {
      try Self.checkIsEmpty(to, "--to")
      var manifest = try await BackupWriter(data: options.data, target: to).copy()
      let report = try await Restoring.restore(manifest, from: to, into: trial)
      (manifest.ledger, manifest.size, manifest.head) = (report.ledger, report.size, report.head)
      manifest.records = report.records
      try manifest.write(in: to)
      return report
    }
    try options.actAsOwner()
    try options.note("backup", ("to", to), ("size", "\(report.size)"), ("head", report.head))
    Output.writeLine(report.text)
  }

  /// Throws when there is something at `path` that would be overwritten.
  static func checkIsEmpty(_ path: String, _ option: String) throws {
    guard File.exists(path) else { return }
    guard try FileSignature(path).isDirectory else {
      throw ReadingError(message: "\(path), as \(option) says, is no directory")
    }
    if try !Directory.entries(of: path).isEmpty {
      throw ReadingError(message: "\(path), as \(option) says, isn't empty; nothing in it is overwritten")
    }
  }
}

/// `cascade restore`: a data directory from a backup.
struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a data directory from a backup, after verifying all of it.",
    discussion: """
      The directory appears whole or not at all. A host on it makes new keys, so that no token from before counts; \
      sessions have ended, and readers of the stream are told. Exits with 2 when the backup is damaged.
      """)

  @OptionGroup var options: DataOptions
  @Option(help: "The backup's folder.") var from: String

  func run() async throws {
    let data = options.data
    let unfinished = "\(data).restoring-\(getpid())"
    defer { CopiedFile.removeAll(unfinished) }
    let report = try await Restoring.reporting("\(from) is damaged, and nothing was restored; use another backup") {
      try Backup.checkIsEmpty(data, "--data")
      let manifest = try BackupManifest.read(in: from)
      let report = try await Restoring.restore(manifest, from: from, into: unfinished)
      guard report.size == manifest.size, report.head.isSame(as: manifest.head) else {
        throw Restoring.Finding(
          description: "the ledger ends at \(report.size), and the manifest says \(manifest.size)")
      }
      try AuditLog(data: unfinished).append(
        .local("restore", details: [("from", from), ("size", "\(report.size)"), ("head", report.head)]))
      try File.rename(unfinished, to: data)
      return report
    }
    Output.writeLine(report.text)
  }
}

extension DataVerification.Report {
  /// `ok: 8244 entries, head 9f…, 120 decision records, 3 rulebooks`
  var text: String { "ok: \(size) entries, head \(head), \(records) decision records, \(rulebooks) rulebooks" }
}
