package import Rulebook
internal import Synchronization

/// Compares records one after the other, with machines of its own.
package final class BacktestWorker: Sendable {
  private struct State {
    var controls: [String: HistoryMachine] = [:]
    var finders: [String: PartingFinder] = [:]
    var candidate: HistoryMachine
  }

  private let shelf: RulebookShelf
  private let state: Mutex<State>

  /// Rulebooks for which machines are kept.
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
      var machine = state.controls[digest] ?? HistoryMachine(rulebook)
      let control = machine.control(question)
      var comparison = RecordComparison(question, control: control, candidate: state.candidate.run(question))
      if comparison.kind.isFlip, let before = machine.trace(question), let after = state.candidate.trace(question) {
        var finder = state.finders[digest] ?? PartingFinder(rulebook, state.candidate.rulebook)
        comparison.parting = finder.parting(question.record.point, before, after)
        state.finders[digest] = finder
      }
      if state.controls.count >= Self.rulebooks, state.controls[digest] == nil { state.controls.removeAll() }
      state.controls[digest] = machine
      return comparison
    }
  }
}
