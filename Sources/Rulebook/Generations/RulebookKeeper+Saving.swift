internal import Core

extension RulebookKeeper {
  /// Why a draft was not saved.
  package enum SavingError: Error, Sendable {
    /// It was made on another rulebook than the one that decides, or than the one in the directory.
    case conflict(String)
    /// The directory can't be written.
    case readOnly(String)
    /// Something is wrong with the rulebook that it makes.
    case rejected(RulebookRejected)
  }

  /// Checks the rulebook that `draft` makes of the current one, its specs included, and writes its files; nil when they
  /// are those that decide already. Throws why not; the files are as they were then.
  package func prepare(
    _ draft: RulebookDraft, on base: String, runSpecs: Bool, removal: RemovalPolicy
  ) async throws(SavingError) -> Prepared? {
    guard let current, current.digest == base else {
      throw .conflict("the draft was made on \(base), and \(current?.digest ?? "nothing") decides; load it again")
    }
    let checked = await LoadingThread.run { [directory] in
      Result { () throws(SavingError) -> CheckedRulebook? in
        let rulebook: CheckedRulebook?
        do throws(RulebookRejected) {
          let files = try RulebookLoader.read(directory: directory)
          if files.digest == base {
            let next = try draft.applied(to: files)
            if next.digest == base { return nil }
            rulebook = try RulebookLoader.load(next, runSpecs: runSpecs, review: .faults, previous: current.rulebook)
          } else {
            rulebook = nil
          }
        } catch {
          throw SavingError.rejected(error)
        }
        if let rulebook { return rulebook }
        throw SavingError.conflict("the files in the rulebook's directory aren't those that decide; reload them first")
      }
    }
    guard let rulebook = try checked.get() else { return nil }
    return try await prepare(rulebook, over: current, removal)
  }

  private func prepare(
    _ rulebook: CheckedRulebook, over current: Generation, _ removal: RemovalPolicy
  ) async throws(SavingError) -> Prepared {
    let prepared: Prepared
    do throws(RulebookRejected) {
      try removal.check(rulebook, after: current.decisions.map(\.name))
      prepared = try await ready(rulebook)
    } catch {
      throw .rejected(error)
    }
    let written = await LoadingThread.run { [directory] in
      Result { () throws(RulebookWriteError) in
        try RulebookWriter(directory: directory).write(rulebook.snapshot, over: current.snapshot)
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
