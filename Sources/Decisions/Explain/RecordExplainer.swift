package import Core
package import Ledger
internal import Platform
package import Rulebook

/// Explains recorded decisions from what a host keeps, one after the other, each on a thread of its own that lets every
/// other run first.
package struct RecordExplainer: Sendable {
  /// As many explanations are being made or wait as may.
  package struct Busy: Error {}

  /// Explanations that are made or wait at once.
  package static let limit = 8

  private let records: DecisionRecords
  private let source: BacktestSource
  private let shelf: RulebookShelf
  private let queue = SerialQueue()

  /// Finds records in `records`, what they settled in `ledger`, and the rules that decided in `archive`.
  package init(_ records: DecisionRecords, _ ledger: any LedgerReading, _ archive: RulebookArchive) {
    self.records = records
    source = BacktestSource(records, ledger)
    shelf = RulebookShelf(archive)
  }

  /// What was asked and answered in the record with this id, with what it settled; nil when there is no such record.
  /// Throws `StoreError` when it can't be read.
  package func question(_ id: Identifier) async throws -> RecordedQuestion? {
    guard let bytes = try await records.record(id) else { return nil }
    guard let record = RecordedDecision(bytes: bytes) else {
      throw StoreError(.corrupt, "the record \(id) can't be read")
    }
    return try await source.question(record)
  }

  /// The rulebook that made a decision, or why it can't be had. O(rulebook) the first time.
  package func rulebook(of question: RecordedQuestion) async -> Result<CheckedRulebook, HistoryReason> {
    await LoadingThread.run { [shelf] in shelf.rulebook(question.record.digest) }
  }

  /// The explanation of the record with this id, or why there can be none; nil when there is no such record. Throws
  /// ``Busy``, and `StoreError` when the record can't be read. O(run · inputs) for ``Explainer/View/counter``.
  package func explain(
    _ id: Identifier, as view: Explainer.View
  ) async throws -> Result<Explanation, HistoryReason>? {
    guard let question = try await question(id) else { return nil }
    let shelf = shelf
    let made: Result<Explanation, HistoryReason>? = await queue.run(limit: Self.limit) {
      await LoadingThread.run(isQuiet: true) {
        shelf.rulebook(question.record.digest).flatMap { rulebook in
          Result { () throws(HistoryReason) in try Explainer.explain(question, by: rulebook, as: view) }
        }
      }
    }
    guard let made else { throw Busy() }
    return made
  }
}
