import ArgumentParser
import Core
import Decisions
import Platform

/// Makes a data directory out of a backup.
enum Restoring {
  /// What makes a backup one that can't be restored: it isn't what was written, or its parts don't fit.
  struct Finding: Error, CustomStringConvertible {
    var description: String
  }

  /// At what to end, where a backup was followed.
  enum Until: Sendable, Equatable {
    /// The last state that has no entry of the ledger behind this one.
    case sequence(Int64)
    /// The last state of this time or before, milliseconds since 1970.
    case time(Int64)
  }

  /// What a restore made, and from what.
  struct Restored: Sendable {
    var report: DataVerification.Report
    /// Up to where the backup was brought in.
    var end: ShipmentJournal.End
    /// The private keys, as a passphrase opens them; nil when the backup has none.
    var sealed: [UInt8]?

    /// `ok: …`, and where a backup was followed, up to when nothing is missing.
    var text: String { report.text + (end.number == 0 ? "" : ", up to \(KeyListing.instant(end.milliseconds))") }
  }

  /// Makes the body of a command of what `body` does: prints a finding with `advice` and exits with 2, or says what
  /// else is wrong and exits with 1.
  static func reporting<Value>(_ advice: String, _ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let finding as Finding {
      Output.writeLine("\(finding)")
      Output.note("error: \(advice)")
      throw ExitCode.no
    } catch let code as ExitCode {
      throw code
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// Copies the files that `manifest` names from the backup's `folder` into `data`, which is made, brings in what was
  /// shipped since, and marks it as a host would. Then looks at all of it; gives what was found. Throws a ``Finding``
  /// when the backup is damaged, and what else can't be done. O(bytes).
  static func restore(
    _ manifest: BackupManifest, from folder: String, into data: String, until: Until? = nil
  ) async throws -> Restored {
    try copy(manifest, from: folder, into: data)
    // One that isn't verified yet has no file that says where it ends.
    let isNew = manifest.head.isEmpty
    let base = try isNew ? ShipmentJournal.End() : manifest.end(in: folder)
    let end = try isNew ? base : bringIn(ShipmentJournal(of: folder), after: base, into: data, until)
    let sealed = try takeSealed(from: data)
    let found = Set(DataPart.allCases.filter { $0.isThere(in: data) })
    if let part = DataPart.allCases.first(where: manifest.parts.subtracting(found).contains) {
      throw Finding(description: "\(folder)/\(part.path) is missing")
    }
    let report: DataVerification.Report
    do {
      try await DataVerification(data: data).cutUnfinished()
      report = try await DataVerification(data: data).verify()
    } catch {
      throw Finding(description: "\(error)")
    }
    if until == nil, !isNew, report.size != end.size || !report.head.isSame(as: end.head) {
      throw Finding(description: "the ledger ends at \(report.size), and \(folder) says \(end.size)")
    }
    var mark = DataMark(manifest.use, parts: found)
    mark.records = report.records
    mark.version = Version.text
    try mark.write(in: data)
    return Restored(report: report, end: end, sealed: sealed)
  }

  private static func copy(_ manifest: BackupManifest, from folder: String, into data: String) throws {
    try Directory.make(data)
    for file in manifest.files {
      let path = folder + "/" + file.path
      guard File.exists(path) else { throw Finding(description: "\(path) is missing") }
      let (size, hash) = try CopiedFile.copy(path, to: data + "/" + file.path)
      guard size == file.size, hash.isSame(as: file.sha256) else {
        throw Finding(description: "\(path) isn't what was written: its \(size) bytes have another hash")
      }
    }
  }

  /// Brings the shipments into the copy as far as `until` wants. Throws when the backup doesn't reach that far.
  private static func bringIn(
    _ journal: ShipmentJournal, after base: ShipmentJournal.End, into data: String, _ until: Until?
  ) throws -> ShipmentJournal.End {
    let isBefore =
      switch until {
      case .sequence(let last): base.size > last
      case .time(let time): base.milliseconds > time
      case nil: false
      }
    if isBefore {
      throw ReadingError(message: "the backup begins at \(base.text), and can't end before; use an earlier one")
    }
    var isWhole = true
    let end = try journal.each(after: base) { shipment in
      switch until {
      case .time(let time) where shipment.milliseconds > time: isWhole = false
      case .sequence(let last) where shipment.size > last:
        isWhole = false
        try shipment.upTo(last).apply(to: data, until: last)
      default: try shipment.apply(to: data)
      }
      return isWhole
    }
    let isBeyond =
      switch until {
      case .sequence(let last): isWhole && end.size < last
      case .time(let time): isWhole && end.milliseconds < time
      case nil: false
      }
    if isBeyond { throw ReadingError(message: "the backup ends at \(end.text), and --until names what comes later") }
    return end
  }

  /// The sealed keys, which are no file of a data directory.
  private static func takeSealed(from data: String) throws(FileError) -> [UInt8]? {
    let path = data + "/" + SealedKeys.name
    guard File.exists(path) else { return nil }
    defer { File.remove(path) }
    return try File.read(path)
  }
}

extension Shipment {
  /// Its part that leaves the ledger at the entry `last` and everything else no later: the ledger, and the rulebooks
  /// that its decisions may name.
  fileprivate func upTo(_ last: Int64) -> Shipment {
    var part = self
    part.pieces = pieces.filter { piece in
      piece.path.isSame(as: DataPart.ledger.path) || piece.path.isSame(as: DataPart.generation.path)
        || piece.path.begins(with: DataPart.rulebooks.path + "/")
    }
    return part
  }
}
