package import Core

/// Why a draft of the rulebook was not saved; nothing is changed then.
package enum RulebookSavingError: WireError, Equatable {
  /// It was made on another rulebook than the one that decides, or than the one in the directory.
  case conflict(String)
  /// The rulebook's files can't be written.
  case readOnly(String)
  /// Governance is in force.
  case unsigned(String)
  /// Something is wrong with the rulebook that it makes.
  case rejected(RulebookRejected)

  package var wireProblem: WireProblem {
    switch self {
    case .conflict(let text): WireProblem(.conflict, text)
    case .readOnly(let text): WireProblem(.rulebookReadOnly, text)
    case .unsigned(let text): WireProblem(.unsigned, text)
    case .rejected(let rejected): rejected.wireProblem
    }
  }
}

extension RulebookKeeper {
  /// A draft that may be saved: the rulebook that it makes, and what the directory holds now.
  private struct Checked: Sendable {
    var rulebook: CheckedRulebook
    var files: RulebookSnapshot
  }

  /// Checks the rulebook that `draft` makes of the current one, its specs included, and writes its files; nil when they
  /// are those that decide already. Throws why not; the files are as they were then.
  package func prepare(
    _ draft: RulebookDraft, on base: String, runSpecs: Bool, removal: RemovalPolicy
  ) async throws(RulebookSavingError) -> Prepared? {
    guard let current, current.digest == base else {
      throw .conflict("the draft was made on \(base), and \(current?.digest ?? "nothing") decides; load it again")
    }
    let setAside = setAside
    let checked = await LoadingThread.run { [directory] in
      Result { () throws(RulebookSavingError) in
        try Self.check(draft, on: current, in: directory, besides: setAside, runSpecs: runSpecs)
      }
    }
    guard let next = try checked.get() else { return nil }
    return try await prepare(next, over: current, removal)
  }

  /// Loads the rulebook that `draft` makes of `current`; nil when that is in the directory already. What a rollback set
  /// aside may lie there, and is replaced. Blocks.
  private static func check(
    _ draft: RulebookDraft, on current: Generation, in directory: String, besides setAside: String?, runSpecs: Bool
  ) throws(RulebookSavingError) -> Checked? {
    do throws(RulebookRejected) {
      let files = try RulebookLoader.read(directory: directory)
      if files.digest == current.digest || files.digest == setAside {
        let next = try draft.applied(to: current.snapshot)
        if next.digest == files.digest, next.digest == current.digest { return nil }
        return Checked(
          rulebook: try RulebookLoader.load(
            next, runSpecs: runSpecs, review: .faults, previous: current.rulebook),
          files: files)
      }
    } catch {
      throw .rejected(error)
    }
    throw .conflict("the files in the rulebook's directory aren't those that decide; reload them first")
  }

  private func prepare(
    _ next: Checked, over current: Generation, _ removal: RemovalPolicy
  ) async throws(RulebookSavingError) -> Prepared {
    let prepared: Prepared
    do throws(RulebookRejected) {
      try removal.check(next.rulebook, after: current.decisions.map(\.name))
      prepared = try await ready(next.rulebook)
    } catch {
      throw .rejected(error)
    }
    let written = await LoadingThread.run { [directory] in
      Result { () throws(RulebookWriteError) in
        try RulebookWriter(directory: directory).write(next.rulebook.snapshot, over: next.files)
      }
    }
    do throws(RulebookWriteError) {
      try written.get()
    } catch {
      if error.isReadOnly { throw .readOnly(error.message) }
      throw .rejected(RulebookRejected([RulebookError(.storage, message: error.message)]))
    }
    return prepared
  }
}
