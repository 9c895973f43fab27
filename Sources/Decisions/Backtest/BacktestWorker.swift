package import Rulebook
internal import Synchronization

/// Compares records one after the other, with machines of its own.
package final class BacktestWorker: Sendable {
  /// The machines of one rulebook, and where its runs part from the candidate's, once that was asked.
  private struct Baseline {
    var machine: HistoryMachine
    var finder: PartingFinder?
  }

  private struct State {
    var baselines: [String: Baseline] = [:]
    var candidate: HistoryMachine
  }

  private let shelf: RulebookShelf
  private let state: Mutex<State>

  /// Rulebooks for which machines are kept at most.
  private static let rulebooks = 8

  /// Compares with `candidate`; the rulebooks of the records come from `shelf`.
  package init(candidate: CheckedRulebook, shelf: RulebookShelf) {
    self.shelf = shelf
    state = Mutex(State(candidate: HistoryMachine(candidate)))
  }

  /// What the candidate makes of each question, in their order. On a thread that has the stack of machines.
  package func compare(_ questions: [RecordedQuestion]) -> [RecordComparison] {
    state.withLock { state in questions.map { compare($0, &state) } }
  }

  private func compare(_ question: RecordedQuestion, _ state: inout State) -> RecordComparison {
    let digest = question.record.digest
    switch shelf.rulebook(digest) {
    case .failure(let reason):
      return RecordComparison(question, control: .failure(reason), candidate: .noDecision)
    case .success(let rulebook):
      // Taken out, so that what its finder knows isn't copied when more is found.
      var baseline = state.baselines.removeValue(forKey: digest) ?? Baseline(machine: HistoryMachine(rulebook))
      let control = baseline.machine.control(question)
      var comparison = RecordComparison(question, control: control, candidate: state.candidate.run(question))
      if comparison.kind.isFlip {
        var finder = baseline.finder ?? PartingFinder(rulebook, state.candidate.rulebook)
        baseline.finder = nil
        comparison.parting = finder.parting(
          question, by: &baseline.machine, asked: question, by: &state.candidate)
        baseline.finder = finder
      }
      if state.baselines.count >= Self.rulebooks { state.baselines.removeAll() }
      state.baselines[digest] = baseline
      return comparison
    }
  }
}
