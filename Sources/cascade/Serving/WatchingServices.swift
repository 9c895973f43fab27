import Citizens
import Core
import Cryptography
import Decisions
import Logging
import Platform
import Rulebook
import Server
import ServiceLifecycle
import StorePostgres

/// The assembled parts of what watches a host: the stream of events, and the platform's model of itself.
struct WatchingServices: Sendable {
  /// The stream that tells readers what happens.
  let hub: StreamHub
  private let observation: SelfObservation
  private let selfCheck: SelfChecking
  private let levels: LevelFollowing
  private let fleet: FleetView?

  /// The services that run as long as the host.
  var services: [any Service] {
    let following: [any Service] = fleet == nil ? [] : [StoredFollowing(hub: hub)]
    return [Repeating { [hub] in await hub.run() }, observation, selfCheck, levels] + following
  }

  /// Follows the host's logs; what is known of it is in `facts`, where the self-check's findings go, too, and the
  /// model's figure goes to `figure`. Throws when it can't be told which history they are.
  init(
    _ settings: ServeSettings, _ host: Host, _ stores: OpenStores, citizens: CitizenServices, money: PaymentServices,
    facts: OwnFacts, figure: OwnFigure, _ logger: Logger
  ) throws {
    fleet = host.fleet.map { FleetView(member: $0) }
    let (records, ledger) = (stores.records, stores.ledger)
    let common: [any StreamLog] = [LedgerStreamLog(ledger), RulebookStreamLog(host)]
    let hub: StreamHub
    if let shared = settings.shared, let logs = stores.fleet?.records {
      hub = StreamHub(
        epoch: try Self.epoch(of: shared, ledger: ledger.ledgerID), records: settings.records.text,
        logs: common + [AuditStreamLog(stores.data.audit, host: shared.host)], shared: StoredStreamLogs(logs))
    } else {
      hub = StreamHub(
        epoch: try Self.epoch(in: settings.data), records: settings.records.text,
        logs: try common + [AuditStreamLog(stores.data.audit)] + records.followed().map { RecordStreamLog($0) })
    }
    self.hub = hub
    let run = RecordedRun(RulebookArchive(directory: DataDirectory.rulebooks(in: settings.data)))
    selfCheck = SelfChecking(
      SelfCheck(records, ledger) { await run.replay($0) }, findings: facts.findings, stream: hub,
      logger: logger)
    observation = SelfObservation(
      settings, rules: ServingRules(decisions: OwnDecisions { host.generation }, records: records),
      readings: HostReadings(host, stores, citizens: citizens, money: money, stream: hub, facts: facts),
      stream: hub, figure: figure, logger: logger)
    levels = LevelFollowing(stores.graph, hub, by: OwnDecisions { host.generation })
    stores.payments.steps.listeners.add { if hub.hasReaders { hub.publish(StreamEvent($0)) } }
    records.whenWritten { hub.notify() }
    ledger.writes.add { hub.notify() }
  }

  /// The routes of the stream and of the model.
  func endpoints(_ authentication: CitizenAuthentication, operators: OperatorGuard) -> [Endpoint] {
    Endpoint.stream(hub, operators: operators, authentication: authentication)
      + Endpoint.awareness { [observation, fleet] in
        guard let fleet, case .object(var report) = await observation.report else { return await observation.report }
        report.append("fleet", await fleet.json)
        return .object(report)
      }
  }

  /// What anybody may know of the model of the platform.
  var brief: JSON { get async { await observation.brief } }

  /// Ends the threads; nobody reads any more.
  func close() async { await hub.threads.stop() }

  /// The history of what hosts share, the same at each of them.
  private static func epoch(of shared: SharedStore, ledger: String) throws -> UInt64 {
    let history = "cascade stream \(ledger) \(try Installation(shared.address).history())"
    return SHA256.hash(history.utf8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The history of the logs in this data directory. It is no part of a backup: who restores one begins another
  /// history, and whoever reads on from before is told so.
  private static func epoch(in data: String) throws -> UInt64 {
    let path = DataDirectory.epoch(in: data)
    if File.exists(path) {
      let text = String(decoding: try InputFile.read(path), as: UTF8.self).words(at: "\n").first ?? ""
      guard let epoch = UInt64(text, radix: 16) else {
        throw ReadingError(message: "\(path) is no 64-bit number in hexadecimal; remove it to begin another history")
      }
      return epoch
    }
    let epoch = SecureRandom.word()
    try File.replace(path, with: Array((String(epoch, radix: 16) + "\n").utf8))
    return epoch
  }
}
