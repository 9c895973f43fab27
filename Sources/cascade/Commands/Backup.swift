import ArgumentParser
import Core
import Cryptography
import Decisions
import Glibc
import Governance
import Platform

/// `cascade backup`: a copy of a data directory that was restored and verified before it is called one.
struct Backup: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copies a data directory, restores the copy beside it and verifies it before it says ok.",
    discussion: """
      Works beside a running host, which goes on. Sessions are never in it, and private keys only by --with-keys: after \
      a restore everybody signs in again. Exits with 2 when the copy doesn't verify, as then the data don't either; \
      `cascade doctor` and `cascade ledger verify` say more. With --follow it goes on with a backup that is there, \
      ships what is new every second until SIGTERM or SIGINT, and says up to where it is when the source is gone.
      """)

  @OptionGroup var options: DataOptions
  @Option(help: "The backup's folder, which is made; it may be there if it is empty.") var to: String
  @Flag(help: "Goes on, and ships every second what was added.") var follow = false
  @OptionGroup var keys: BackupKeyOptions

  func validate() throws {
    if to.isEmpty { throw ValidationError("--to is empty") }
  }

  func run() async throws {
    try options.refuseStore("a database is copied by pg_dump, or with its server's write-ahead log (article Hosts)")
    let trial = "\(to).verifying-\(getpid())"
    defer { CopiedFile.removeAll(trial) }
    let text = try await Restoring.reporting("\(to) is no backup; what it was copied from doesn't verify") {
      let sealed = try keys.passphrase(isNew: true).map { SealedKeys(options.data, $0) }
      if follow, File.exists(to + "/" + BackupManifest.name) {
        let following = Following(data: options.data, folder: to)
        let lock = try following.lock()
        defer { withExtendedLifetime(lock) {} }
        let restored = try await following.resume(try BackupManifest.read(in: to))
        return try await go(on: following, restored, sealed)
      }
      try Self.checkIsEmpty(to, "--to")
      let restored = try await take(trial, sealed)
      if !follow {
        try note(restored.report)
        return restored.text
      }
      let following = Following(data: options.data, folder: to)
      let lock = try following.lock()
      defer { withExtendedLifetime(lock) {} }
      try following.begin(with: trial)
      return try await go(on: following, restored, sealed)
    }
    Output.writeLine(text)
  }

  /// Takes the backup, restores it into `trial` and says in its manifest what that found.
  private func take(_ trial: String, _ sealed: SealedKeys?) async throws -> Restoring.Restored {
    let manifest = try BackupWriter(data: options.data, target: to, keys: sealed).copy()
    let restored = try await Restoring.restore(manifest, from: to, into: trial)
    return try confirm(manifest, restored, sealed)
  }

  /// Says in the manifest what a restored copy holds, and in what is returned where the copy ends. Never inlined: in an
  /// asynchronous function the optimizer of Swift 6.3 doesn't survive these typed errors.
  @inline(never)
  private func confirm(
    _ manifest: BackupManifest, _ restored: Restoring.Restored, _ sealed: SealedKeys?
  ) throws -> Restoring.Restored {
    try sealed?.check(restored.sealed)
    var (manifest, restored) = (manifest, restored)
    let report = restored.report
    (manifest.ledger, manifest.size, manifest.head) = (report.ledger, report.size, report.head)
    manifest.records = report.records
    try manifest.write(in: to)
    restored.end = try manifest.end(in: to)
    return restored
  }

  /// Follows, after saying how the backup is so far.
  private func go(on following: Following, _ restored: Restoring.Restored, _ sealed: SealedKeys?) async throws -> String
  {
    try note(restored.report)
    Output.writeLine(restored.text)
    do {
      return try await following.run(from: restored.end, sealed)
    } catch let finding as Restoring.Finding {
      Output.writeLine("\(finding)")
      Output.note("error: the backup ended, since what it follows did; restore it, or begin a new one")
      throw ExitCode.no
    }
  }

  private func note(_ report: DataVerification.Report) throws {
    try options.asOwner {
      try options.note(
        "backup", ("to", to), ("size", "\(report.size)"), ("head", report.head), ("follow", follow ? "yes" : "no"))
    }
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

/// Whether private keys are in a backup, and who may open them.
struct BackupKeyOptions: ParsableArguments {
  @Flag(help: "With the private keys, sealed by a passphrase.") var withKeys = false
  @Option(help: "A file with the passphrase, which only its owner may read; otherwise it is asked for.")
  var passphraseFile: String?

  func validate() throws {
    if passphraseFile != nil, !withKeys { throw ValidationError("--passphrase-file is for --with-keys") }
  }

  /// The passphrase; nil without `--with-keys`. Throws why there is none.
  func passphrase(isNew: Bool) throws -> Secret? { withKeys ? try Passphrase.read(passphraseFile, isNew: isNew) : nil }
}

/// `cascade restore`: a data directory from a backup.
struct Restore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a data directory from a backup, after verifying all of it.",
    discussion: """
      The directory appears whole or not at all. No token from before counts, with --with-keys either: a host on it \
      refuses what was issued before the restore. Sessions have ended, and readers of the stream are told. Exits with 2 \
      when the backup is damaged.
      """)

  @OptionGroup var options: DataOptions
  @Option(help: "The backup's folder.") var from: String
  @Option(
    help: "Of a backup that was followed, the ledger's last entry, or the time (2026-03-01T12:00:00Z), to end at.")
  var until: String?
  @OptionGroup var keys: BackupKeyOptions

  func validate() throws { _ = try wanted() }

  private func wanted() throws -> Restoring.Until? {
    guard let until else { return nil }
    if let sequence = Int64(until), sequence >= 0 { return .sequence(sequence) }
    // All of that second.
    if let instant = Instant(until) { return .time(1000 * instant.seconds + 999) }
    throw ValidationError("--until wants an entry's number, or a time such as 2026-03-01T12:00:00Z, got '\(until)'")
  }

  func run() async throws {
    try options.refuseStore("a database is restored by pg_restore, or by its server (article Hosts)")
    let data = options.data
    let unfinished = "\(data).restoring-\(getpid())"
    defer { CopiedFile.removeAll(unfinished) }
    let restored = try await Restoring.reporting("\(from) is damaged, and nothing was restored; use another backup") {
      try Backup.checkIsEmpty(data, "--data")
      let passphrase = try keys.passphrase(isNew: false)
      let manifest = try BackupManifest.read(in: from)
      let restored = try await Restoring.restore(manifest, from: from, into: unfinished, until: try wanted())
      if let passphrase {
        guard let sealed = restored.sealed else {
          throw ReadingError(message: "\(from) has no private keys; restore it without --with-keys")
        }
        try SealedKeys.open(sealed, passphrase, into: unfinished)
      }
      let report = restored.report
      try AuditLog(data: unfinished).append(
        .local("restore", details: [("from", from), ("size", "\(report.size)"), ("head", report.head)]))
      try await Self.endTokens(in: unfinished)
      try File.rename(unfinished, to: data)
      return restored
    }
    Output.writeLine(restored.text)
  }

  /// No token counts that was issued until now. Returns when the second is over, as tokens know their second only.
  private static func endTokens(in data: String) async throws {
    guard var mark = try DataMark.read(in: data) else { return }
    mark.parts = Set(DataPart.allCases.filter { $0.isThere(in: data) })
    let next = WallClock.milliseconds() / 1000 + 1
    mark.tokensFrom = next
    try mark.write(in: data)
    while case let left = 1000 * next - WallClock.milliseconds(), (1...1000).contains(left) {
      try await Task.sleep(for: .milliseconds(left))
    }
  }
}

extension DataVerification.Report {
  /// `ok: 8244 entries, head 9f…, 120 decision records, 3 rulebooks`
  var text: String { "ok: \(size) entries, head \(head), \(records) decision records, \(rulebooks) rulebooks" }
}
