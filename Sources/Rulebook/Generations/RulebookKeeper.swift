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
    /// The generation that was prepared.
    package let generation: Generation
    var isRollback = false
    /// ``RulebookActivation/setAside``.
    var setAside: String?
    /// What is wrong with the files that should decide instead.
    fileprivate var problems: [RulebookError] = []
    /// Whether the store has its activation already.
    package internal(set) var isActivated = false

    init(_ generation: Generation) { self.generation = generation }

    /// What is told the store of it.
    var activation: RulebookActivation {
      RulebookActivation(
        number: generation.number, digest: generation.digest, milliseconds: generation.activatedMilliseconds,
        setAside: setAside)
    }

    /// The same under another number.
    func renumbered(_ number: Int) -> Prepared {
      var prepared = Prepared(
        Generation(
          number: number, rulebook: generation.rulebook, activatedMilliseconds: generation.activatedMilliseconds))
      (prepared.isRollback, prepared.setAside, prepared.problems) = (isRollback, setAside, problems)
      return prepared
    }
  }

  private struct State {
    var history = GenerationHistory()
    var problems: [RulebookError] = []
    /// ``RulebookActivation/setAside`` of the current generation.
    var setAside: String?
    /// Rulebooks that were loaded because another host wants to activate them, the last one first.
    var staged: [CheckedRulebook] = []
  }

  /// The directory that the rulebook is read from.
  package let directory: String
  let store: any RulebookStore
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

  /// The generation that decides and those a rollback can go to, newest first.
  package var generations: [Generation] { state.withLock { $0.history.all } }

  /// What was wrong with the last reload; empty when it succeeded.
  package var lastProblems: [RulebookError] { state.withLock { $0.problems } }

  /// The first generation: by the files, or by the rulebook that decided last where a rollback set these files aside,
  /// or something is wrong with them and `isStrict` is false; ``lastProblems`` says then what is. Throws what is wrong
  /// with the files when no other rulebook is kept.
  package func prepareStart(runSpecs: Bool, isStrict: Bool = false) async throws(RulebookRejected) -> Prepared {
    let last = try await storing { () async throws(StoreError) in try await store.current() }
    let problems: [RulebookError]
    do throws(RulebookRejected) {
      guard let rulebook = try await read(runSpecs: runSpecs, besides: last?.setAside, last: nil).rulebook else {
        return try await prepareLast(last, problems: [])
      }
      if let last, rulebook.decisions.isEmpty, !isStrict, last.digest != rulebook.digest,
        let before = try await stored(last.digest)
      {
        try RemovalPolicy().check(rulebook, after: before.decisions.map(\.name))
      }
      return Prepared(try await generation(of: rulebook))
    } catch {
      if isStrict || last == nil { throw error }
      problems = error.errors
    }
    do throws(RulebookRejected) {
      return try await prepareLast(last, problems: problems)
    } catch {
      throw RulebookRejected(problems + error.errors)
    }
  }

  /// Reads and checks the files, archives them and takes the next number: nil when they are those that decide already,
  /// or that a rollback set aside; the report says which, and with `tellsDoubts` what is doubtful in them. Throws
  /// everything that is wrong, which ``lastProblems`` keeps too.
  package func prepare(
    runSpecs: Bool, removal: RemovalPolicy = RemovalPolicy(), tellsDoubts: Bool = false
  ) async throws(RulebookRejected) -> (prepared: Prepared?, report: ReloadReport) {
    let (current, setAside) = state.withLock { ($0.history.current, $0.setAside) }
    do throws(RulebookRejected) {
      let found = try await read(
        runSpecs: runSpecs, besides: setAside, last: current?.rulebook, tellsDoubts: tellsDoubts)
      guard let rulebook = found.rulebook else {
        state.withLock { $0.problems = [] }
        return (nil, found.report)
      }
      if let current { try removal.check(rulebook, after: current.decisions.map(\.name)) }
      return (Prepared(try await generation(of: rulebook)), found.report)
    } catch {
      state.withLock { $0.problems = error.errors }
      throw error
    }
  }

  /// Loads the archived rulebook of this digest and takes the next number: nil when it decides already. One that never
  /// decided, `isNew`, is checked as files are, its specs included. Throws everything that is wrong, `storage` when the
  /// archive doesn't have it.
  package func prepare(digest: String, isNew: Bool) async throws(RulebookRejected) -> Prepared? {
    let current = current
    if current?.digest == digest { return nil }
    guard let rulebook = try await stored(digest, isNew: isNew, previous: current?.rulebook) else {
      throw RulebookRejected([
        RulebookError(
          .storage, message: "the rulebook \(digest), which is in force, is not in the archive; restore it")
      ])
    }
    return Prepared(try await generation(of: rulebook))
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

  /// The generation before the current one, under a new number; what the directory holds now is set aside until it
  /// changes. Throws when there is none.
  package func prepareRollback() async throws(RulebookRejected) -> Prepared {
    let history = state.withLock { $0.history }
    guard let previous = history.previous else {
      throw RulebookRejected([
        RulebookError(.noEarlierGeneration, message: "there is no earlier generation to go back to")
      ])
    }
    let files = await LoadingThread.run { [directory] in try? RulebookLoader.read(directory: directory).digest }
    var prepared = Prepared(try await generation(of: previous.rulebook))
    prepared.isRollback = true
    prepared.setAside = files ?? history.current?.digest
    return prepared
  }

  /// What the directory holds; the rulebook is nil when it is that of `last`, or has the digest `besides`.
  private struct Found: Sendable {
    var rulebook: CheckedRulebook?
    var report: ReloadReport
  }

  private func read(
    runSpecs: Bool, besides: String?, last: CheckedRulebook?, tellsDoubts: Bool = false
  ) async throws(RulebookRejected) -> Found {
    try await LoadingThread.run { [directory] in
      Result { () throws(RulebookRejected) -> Found in
        let snapshot = try RulebookLoader.read(directory: directory)
        if snapshot.digest == last?.digest || snapshot.digest == besides {
          // They decide or decided, so what they are told of now refuses nothing.
          let doubts = tellsDoubts ? RulebookLoader.doubts(about: snapshot, in: directory, previous: last) : []
          return Found(report: ReloadReport(snapshot.digest == last?.digest ? .unchanged : .setAside, doubts: doubts))
        }
        let rulebook = try RulebookLoader.load(
          snapshot, runSpecs: runSpecs, review: tellsDoubts ? .doubts : .faults, previous: last)
        var report = ReloadReport(besides == nil ? .activated : .rollbackEnded)
        if tellsDoubts { report.doubts = rulebook.doubts + RulebookFiles(directory: directory).strays() }
        return Found(rulebook: rulebook, report: report)
      }
    }.get()
  }

  /// The rulebook of `last` under a new number, with what keeps the files from deciding.
  private func prepareLast(
    _ last: RulebookActivation?, problems: [RulebookError]
  ) async throws(RulebookRejected) -> Prepared {
    guard let last, let rulebook = try await stored(last.digest) else {
      throw RulebookRejected([RulebookError(.storage, message: "the rulebook that decided last is not kept any more")])
    }
    var prepared = Prepared(try await generation(of: rulebook))
    prepared.setAside = last.setAside
    prepared.problems = problems
    return prepared
  }

  /// The rulebook of this digest in the store, loaded again; nil when it isn't kept. Nobody waits for it, so a slow
  /// machine may take its time.
  func stored(
    _ digest: String, isNew: Bool = false, previous: CheckedRulebook? = nil
  ) async throws(RulebookRejected) -> CheckedRulebook? {
    let snapshot = try await storing { () async throws(StoreError) in try await store.snapshot(digest) }
    guard let snapshot else { return nil }
    return try await LoadingThread.run {
      Result { () throws(RulebookRejected) in
        try RulebookLoader.load(
          snapshot, runSpecs: isNew, review: isNew ? .faults : .none, previous: previous, isPatient: true)
      }
    }.get()
  }

  /// `prepared` was installed: it is the generation that decides. When the store can't note that, it decides all the
  /// same, and ``lastProblems`` says so.
  package func commit(_ prepared: Prepared) async {
    state.withLock { state in
      if prepared.isRollback {
        state.history.rolledBack(to: prepared.generation)
      } else {
        state.history.activated(prepared.generation)
        state.problems = prepared.problems
      }
      state.setAside = prepared.setAside
    }
    if prepared.isActivated { return }
    let generation = prepared.generation
    do throws(StoreError) {
      try await store.activate(prepared.activation)
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

  /// The digest of the files that a rollback set aside; nil when the directory decides.
  var setAside: String? { state.withLock { $0.setAside } }

  /// A checked rulebook under the next number.
  func ready(_ rulebook: CheckedRulebook) async throws(RulebookRejected) -> Prepared {
    Prepared(try await generation(of: rulebook))
  }

  /// A rulebook that is in memory, by its digest; nil when none is.
  func held(_ digest: String) -> CheckedRulebook? {
    state.withLock { state in
      state.staged.first { $0.digest == digest } ?? state.history.rulebook(digest)
    }
  }

  /// Holds a rulebook ready.
  func hold(_ rulebook: CheckedRulebook) {
    state.withLock { state in
      state.staged.removeAll { $0.digest == rulebook.digest }
      state.staged.insert(rulebook, at: 0)
      if state.staged.count > FleetLimits.staged { state.staged.removeLast() }
    }
  }

  func generation(of rulebook: CheckedRulebook) async throws(RulebookRejected) -> Generation {
    let number = try await storing { () async throws(StoreError) in try await store.stage(rulebook.snapshot) }
    return Generation(number: number, rulebook: rulebook, activatedMilliseconds: WallClock.milliseconds())
  }

  func storing<Value>(
    _ body: () async throws(StoreError) -> Value
  ) async throws(RulebookRejected) -> Value {
    do throws(StoreError) {
      return try await body()
    } catch {
      throw RulebookRejected([RulebookError(.storage, message: error.description)])
    }
  }
}
