internal import Core
internal import Glibc
internal import Platform

/// Why files of a rulebook were not written.
package struct RulebookWriteError: Error, Sendable, Equatable {
  /// Whether the files can't be written at all, rather than not now.
  package var isReadOnly: Bool
  /// What happened, in one sentence.
  package var message: String
}

/// Writes a rulebook's files, all or none.
///
/// Each file is written beside the old one under a name that doesn't count, then all take their places, so that a
/// reader finds each one whole; ``RulebookFiles`` reads again when it meets the moment between two.
package struct RulebookWriter: Sendable {
  /// The directory that holds `plugins` and `policies`.
  package let directory: String

  /// A writer of `directory`.
  package init(directory: String) { self.directory = directory }

  private struct Step {
    var path: String
    var temporary: String
    /// What was there; nil for nothing.
    var before: [UInt8]?
    /// What shall be there; nil for nothing.
    var after: [UInt8]?
    var mode: UInt32
  }

  /// Makes the files those of `next` where they differ from those of `last`. Durable when it returns. Throws when one
  /// can't be written; all are as they were then. Blocks. O(changed bytes).
  package func write(_ next: RulebookSnapshot, over last: RulebookSnapshot) throws(RulebookWriteError) {
    let paths = Set(next.files.keys).union(last.files.keys).sorted().filter { next.files[$0] != last.files[$0] }
    var steps: [Step] = []
    for path in paths {
      let full = directory + "/" + path.text
      let folder = Directory.parent(of: full)
      let name = full.rest(behind: folder + "/").map { String($0) } ?? path.text
      let mode = (try? FileSignature(full))?.permissions
      steps.append(
        Step(
          path: full, temporary: folder + "/." + name + ".draft", before: last.files[path], after: next.files[path],
          mode: mode ?? 0o644))
    }
    do throws(FileError) {
      try prepare(steps)
    } catch {
      for step in steps { File.remove(step.temporary) }
      throw Self.error(error)
    }
    for (count, step) in steps.enumerated() {
      do throws(FileError) {
        try take(step)
      } catch {
        undo(steps.prefix(count))
        for step in steps { File.remove(step.temporary) }
        throw Self.error(error)
      }
    }
  }

  private func prepare(_ steps: [Step]) throws(FileError) {
    for step in steps {
      guard let after = step.after else { continue }
      if step.before == nil { try Directory.make(Directory.parent(of: step.path)) }
      try File.replace(step.temporary, with: after)
      if chmod(step.temporary, step.mode) != 0 { throw FileError("write", step.path) }
    }
  }

  private func take(_ step: Step) throws(FileError) {
    if step.after != nil { return try File.rename(step.temporary, to: step.path) }
    if unlink(step.path) != 0, errno != ENOENT { throw FileError("remove", step.path) }
  }

  /// Puts back what was there, as far as that goes.
  private func undo(_ steps: ArraySlice<Step>) {
    for step in steps {
      guard let before = step.before else {
        File.remove(step.path)
        continue
      }
      try? File.replace(step.temporary, with: before)
      chmod(step.temporary, step.mode)
      try? File.rename(step.temporary, to: step.path)
    }
  }

  private static func error(_ error: FileError) -> RulebookWriteError {
    let isReadOnly = [EROFS, EACCES, EPERM].contains(error.number)
    return RulebookWriteError(isReadOnly: isReadOnly, message: "the rulebook's files are as they were: \(error)")
  }
}
