internal import Core
import Glibc
package import Governance
import Synchronization

/// Holds the generation that decides, and prepares the next one: at start, on reload, on rollback.
///
/// A change has three steps: ``prepare(runSpecs:)`` or ``prepareRollback()`` makes a generation, the host installs it
/// wherever decisions are made, and ``commit(_:)`` makes it the current one. What fails on the way, or is given up by
/// ``giveUp(_:_:)``, leaves the old generation in place. One change at a time: the host takes them in turn.
package final class RulebookKeeper: Sendable {
  /// A generation that is ready to be installed.
  package struct Prepared: Sendable {
    /// It.
    package let generation: Generation
    fileprivate let isRollback: Bool
  }

  private struct State {
    var history = GenerationHistory()
    var problems: [RulebookError] = []
  }

  /// The rulebook's directory.
  package let directory: String
  private let store: any RulebookStore
  private let state: Mutex<State>

  /// A keeper without a generation. Rulebooks and numbers go to `store`.
  package init(directory: String, store: any RulebookStore) {
    self.directory = directory
    self.store = store
    state = Mutex(State())
  }

  /// The generation that decides; nil before the first was committed.
  package var current: Generation? { state.withLock { $0.history.current } }

  /// The numbers a rollback can go to, newest first.
  package var retained: [Int] { state.withLock { $0.history.retained } }

  /// What was wrong with the last reload; empty when it succeeded.
  package var lastProblems: [RulebookError] { state.withLock { $0.problems } }

  /// Reads and checks the files, archives them and takes the next number: nil when they are those that decide already.
  /// Throws everything that is wrong, which ``lastProblems`` keeps too.
  package func prepare(runSpecs: Bool) async throws(RulebookRejected) -> Prepared? {
    let current = current
    let loaded = await LoadingThread.run { [directory] in
      Result { () throws(RulebookRejected) -> CheckedRulebook? in
        let snapshot = try RulebookLoader.read(directory: directory)
        if snapshot.digest == current?.digest { return nil }
        return try RulebookLoader.load(snapshot, runSpecs: runSpecs, previous: current?.rulebook)
      }
    }
    do throws(RulebookRejected) {
      guard let rulebook = try loaded.get() else {
        state.withLock { $0.problems = [] }
        return nil
      }
      return Prepared(generation: try await generation(of: rulebook), isRollback: false)
    } catch {
      state.withLock { $0.problems = error.errors }
      throw error
    }
  }

  /// Checks the archived rulebook of this digest and takes the next number: nil when it decides already. Throws
  /// everything that is wrong, `storage` when the archive doesn't have it.
  package func prepare(digest: String, runSpecs: Bool) async throws(RulebookRejected) -> Prepared? {
    let current = current
    if current?.digest == digest { return nil }
    let snapshot: RulebookSnapshot
    do throws(StoreError) {
      guard let kept = try await store.snapshot(digest) else {
        throw StoreError(.corrupt, "the rulebook \(digest), which is in force, is not in the archive; restore it")
      }
      snapshot = kept
    } catch {
      throw RulebookRejected([RulebookError(.storage, message: error.description)])
    }
    let loaded = await LoadingThread.run {
      Result { () throws(RulebookRejected) in
        try RulebookLoader.load(snapshot, runSpecs: runSpecs, previous: current?.rulebook)
      }
    }
    return Prepared(generation: try await generation(of: try loaded.get()), isRollback: false)
  }

  /// Refuses files that aren't those in force: what differs, by name. Throws nothing when they are the same.
  package func hold(against manifest: FileManifest) async throws(RulebookRejected) {
    let read = await LoadingThread.run { [directory] in
      Result { () throws(RulebookRejected) in try RulebookLoader.read(directory: directory) }
    }
    let errors = manifest.differences(in: try read.get().manifest).map { difference in
      RulebookError(
        .governed, file: difference.path,
        "\(difference.kind.rawValue), and governance is in force: only what holders signed decides; "
          + "propose it with 'cascade governance propose'")
    }
    state.withLock { $0.problems = errors }
    if !errors.isEmpty { throw RulebookRejected(errors) }
  }

  /// The generation before the current one, under a new number. Throws when there is none.
  package func prepareRollback() async throws(RulebookRejected) -> Prepared {
    guard let previous = state.withLock({ $0.history.previous }) else {
      throw RulebookRejected([
        RulebookError(.noEarlierGeneration, message: "there is no earlier generation to go back to")
      ])
    }
    return Prepared(generation: try await generation(of: previous.rulebook), isRollback: true)
  }

  /// `prepared` was installed: it is the generation that decides. When the store can't note that, it decides all the
  /// same, and ``lastProblems`` says so.
  package func commit(_ prepared: Prepared) async {
    state.withLock { state in
      if prepared.isRollback {
        state.history.rolledBack(to: prepared.generation)
      } else {
        state.history.activated(prepared.generation)
        state.problems = []
      }
    }
    let generation = prepared.generation
    do throws(StoreError) {
      try await store.activate(
        RulebookActivation(
          number: generation.number, digest: generation.digest, milliseconds: generation.activatedMilliseconds))
    } catch {
      let problem = RulebookError(
        .storage, message: "generation \(generation.number) decides, but that can't be kept: \(error)")
      state.withLock { $0.problems = [problem] }
    }
  }

  /// `prepared` could not be installed. The number is gone; the generation before decides on.
  package func giveUp(_ prepared: Prepared, _ error: RulebookError) {
    if !prepared.isRollback { state.withLock { $0.problems = [error] } }
  }

  private func generation(of rulebook: CheckedRulebook) async throws(RulebookRejected) -> Generation {
    do throws(StoreError) {
      let number = try await store.stage(rulebook.snapshot)
      return Generation(number: number, rulebook: rulebook, activatedMilliseconds: Self.milliseconds())
    } catch {
      throw RulebookRejected([RulebookError(.storage, message: error.description)])
    }
  }

  private static func milliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec).multiplied(saturating: 1000).adding(saturating: Int64(now.tv_nsec) / 1_000_000)
  }
}
