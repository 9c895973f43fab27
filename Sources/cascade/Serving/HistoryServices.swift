import Core
import Decisions
import Logging
import Rulebook
import Server

/// What a running host can be asked about its past and about other rules: backtests in the background, a shadow, and
/// explanations.
struct HistoryServices: Sendable {
  private let book: BacktestBook
  private let explainer: RecordExplainer
  private let shadow: ShadowBook
  // One each, since a backtest blocks its own.
  private let threads = StreamThreads(count: 1)
  private let shadowThreads = StreamThreads(count: 1)

  /// Asks the records of `stores`; how backtests go on is told on `stream`.
  init(_ settings: ServeSettings, _ host: Host, _ stores: OpenStores, stream: StreamHub, _ logger: Logger) {
    let archive = RulebookArchive(directory: DataDirectory.rulebooks(in: settings.data))
    let records = stores.decisionRecords
    let source = BacktestSource(records, stores.ledger)
    let loader = CandidateLoader(archive, source) { host.generation }
    explainer = RecordExplainer(records, stores.ledger, archive)
    book = BacktestBook(
      archive, source, ledger: stores.ledger, loader: loader, executor: threads, logger: logger
    ) { id, news in
      stream.publish(StreamEvent(.backtest(id.description), "backtest", at: 0, bytes: news.bytes))
    }
    shadow = ShadowBook(
      directory: DataDirectory.shadow(in: settings.data), rulebooks: archive, loader: loader, log: stores.records,
      ledger: stores.ledger, executor: shadowThreads, logger: logger)
  }

  /// The routes of backtests, the shadow and explanations.
  var endpoints: [Endpoint] {
    Endpoint.backtests(book) + Endpoint.shadow(shadow) + Endpoint.explanations(explainer)
  }

  /// Goes on with a shadow of before the host started.
  func begin() async { await shadow.resume() }

  /// What a shadow made of a recorded decision.
  func verdict(of record: Identifier) async throws -> JSON? { try await shadow.verdict(of: record) }

  /// Ends what runs, before the stores are closed.
  func close() async {
    await book.stop()
    await shadow.close()
    await threads.stop()
    await shadowThreads.stop()
  }
}
