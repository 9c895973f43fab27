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

  /// Makes the body of a command of what `body` does: prints a finding with `advice` and exits with 2, or says what
  /// else is wrong and exits with 1.
  static func reporting(
    _ advice: String, _ body: () async throws -> DataVerification.Report
  ) async throws -> DataVerification.Report {
    do {
      return try await body()
    } catch let finding as Finding {
      Output.writeLine("\(finding)")
      Output.note("error: \(advice)")
      throw ExitCode.no
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }

  /// Copies the files that `manifest` names from the backup's `folder` into `data`, which is made, and marks it as a
  /// host would. Then looks at all of it; gives what was found. Throws a ``Finding`` when the backup is damaged, and
  /// what else can't be done. O(bytes).
  static func restore(
    _ manifest: BackupManifest, from folder: String, into data: String
  ) async throws -> DataVerification.Report {
    try Directory.make(data)
    for file in manifest.files {
      let path = folder + "/" + file.path
      guard File.exists(path) else { throw Finding(description: "\(path) is missing") }
      let (size, hash) = try CopiedFile.copy(path, to: data + "/" + file.path)
      guard size == file.size, hash.isSame(as: file.sha256) else {
        throw Finding(description: "\(path) isn't what was written: its \(size) bytes have another hash")
      }
    }
    let found = Set(DataPart.allCases.filter { $0.isThere(in: data) })
    if let part = DataPart.allCases.first(where: manifest.parts.subtracting(found).contains) {
      throw Finding(description: "\(folder)/\(part.path) is missing")
    }
    let report: DataVerification.Report
    do {
      report = try await DataVerification(data: data).verify()
    } catch {
      throw Finding(description: "\(error)")
    }
    var mark = DataMark(manifest.use, parts: found)
    mark.records = report.records
    try mark.write(in: data)
    return report
  }
}
