import Glibc
import Synchronization

/// Holds the generation that decides, and changes it: at start, on reload, on rollback.
///
/// Changes happen one after the other. What fails leaves the old generation in place and is kept for the status.
package final class RulebookKeeper: Sendable {
  /// Brings a generation to wherever decisions are made: when it returns, every later decision is made by it.
  /// When it throws, none is, and the generation before serves on.
  package typealias Activation = @Sendable (Generation) async throws(RulebookError) -> Void

  private struct State {
    var history = GenerationHistory()
    var problems: [RulebookError] = []
    /// The last change that was begun: the next one waits for it.
    var tail: Task<Void, Never>?
  }

  /// The rulebook's directory.
  package let directory: String
  private let archive: RulebookArchive?
  private let state: Mutex<State>
  private let activation: Activation
  // Of its own, as taking a number waits for the disk.
  private let numbers: Mutex<GenerationNumber>

  /// A keeper without a generation; ``reload(runSpecs:)`` makes the first.
  ///
  /// The last number is kept in `<dataDirectory>/generation`, rulebooks in `<dataDirectory>/rulebooks/`; without a
  /// data directory neither survives the process. Throws when the number can't be read. Blocks.
  package init(
    directory: String, dataDirectory: String?, activation: @escaping Activation
  ) throws(RulebookError) {
    self.directory = directory
    self.activation = activation
    if let dataDirectory {
      do throws(FileSystem.Failure) {
        try FileSystem.makeDirectory(dataDirectory)
      } catch {
        throw RulebookError(.storage, message: "can't make \(dataDirectory): \(error.text)")
      }
    }
    archive = dataDirectory.map { RulebookArchive(directory: $0 + "/rulebooks") }
    numbers = Mutex(try GenerationNumber(path: dataDirectory.map { $0 + "/generation" }))
    state = Mutex(State())
  }

  /// The generation that decides; nil before the first.
  package var current: Generation? { state.withLock { $0.history.current } }

  /// The numbers a rollback can go to, newest first.
  package var retained: [Int] { state.withLock { $0.history.retained } }

  /// What was wrong with the last reload; empty when it succeeded.
  package var lastProblems: [RulebookError] { state.withLock { $0.problems } }

  /// Reads and checks the files and activates them: when this returns, every later decision is made by them. Files
  /// that have not changed keep their generation. Throws everything that is wrong, and the old one serves on.
  package func reload(runSpecs: Bool) async throws(RulebookRejected) -> Generation {
    let result = await inTurn { await self.load(runSpecs: runSpecs) }
    state.withLock { state in
      switch result {
      case .success: state.problems = []
      case .failure(let rejected): state.problems = rejected.errors
      }
    }
    return try result.get()
  }

  /// Activates the generation before the current one again, under a new number. Throws when there is none.
  package func rollback() async throws(RulebookRejected) -> Generation {
    try await inTurn { await self.goBack() }.get()
  }

  private func inTurn<Value: Sendable>(_ change: @escaping @Sendable () async -> Value) async -> Value {
    let task = state.withLock { state in
      let before = state.tail
      let task = Task {
        await before?.value
        return await change()
      }
      state.tail = Task { _ = await task.value }
      return task
    }
    return await task.value
  }

  private func load(runSpecs: Bool) async -> Result<Generation, RulebookRejected> {
    let current = current
    let loaded = await LoadingThread.run { [self] in
      Result { () throws(RulebookRejected) -> CheckedRulebook? in
        let snapshot = try RulebookLoader.read(directory: directory)
        if snapshot.digest == current?.digest { return nil }
        return try RulebookLoader.load(snapshot, runSpecs: runSpecs, previous: current?.rulebook)
      }
    }
    switch loaded {
    case .failure(let rejected): return .failure(rejected)
    case .success(nil):
      guard let current else { return .failure(RulebookRejected([])) }
      return .success(current)
    case .success(let rulebook?):
      return await activate(rulebook) { state, generation in state.history.activated(generation) }
    }
  }

  private func goBack() async -> Result<Generation, RulebookRejected> {
    guard let previous = state.withLock({ $0.history.previous }) else {
      return .failure(
        RulebookRejected([RulebookError(.noEarlierGeneration, message: "there is no earlier generation to go back to")])
      )
    }
    return await activate(previous.rulebook) { state, generation in state.history.rolledBack(to: generation) }
  }

  private func activate(
    _ rulebook: CheckedRulebook, _ enter: @escaping @Sendable (inout State, Generation) -> Void
  ) async -> Result<Generation, RulebookRejected> {
    // Both wait for the disk, so they wait together.
    async let stored = LoadingThread.run { [archive] in
      Result { () throws(RulebookError) in try archive?.store(rulebook.snapshot) }
    }
    let numbered = await LoadingThread.run { [self] in
      numbers.withLock { numbers in Result { () throws(RulebookError) in try numbers.take() } }
    }
    switch (await stored, numbered) {
    case (.failure(let error), _), (_, .failure(let error)): return .failure(RulebookRejected([error]))
    case (.success, .success(let number)):
      let generation = Generation(number: number, rulebook: rulebook, activatedMilliseconds: Self.milliseconds())
      do throws(RulebookError) {
        try await activation(generation)
      } catch {
        return .failure(RulebookRejected([error]))
      }
      state.withLock { enter(&$0, generation) }
      return .success(generation)
    }
  }

  private static func milliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
  }
}
