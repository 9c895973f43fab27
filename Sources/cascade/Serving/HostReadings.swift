import Citizens
import Core
import Decisions
import Ledger
import Observability
import Rulebook
import Server
import TrustGraph

/// Looks at the parts of a running host: what each did since the last look, and whether it is healthy now.
actor HostReadings {
  private let host: Host
  private let records: RecordLog
  private let ledger: FollowedLedger
  private let graph: LiveGraph
  private let stream: StreamHub
  private let findings: SelfCheckFindings

  /// The latency that is followed is that of so many of the runs, as the series is called.
  private static let latencyShare = 0.95

  private typealias Seen = (
    statistics: LaneStatistics, entries: Int64, written: Int64, snapshot: Int, time: Int64
  )
  private var before: Seen?

  init(
    host: Host, records: RecordLog, ledger: FollowedLedger, graph: LiveGraph, stream: StreamHub,
    findings: SelfCheckFindings
  ) {
    self.host = host
    self.records = records
    self.ledger = ledger
    self.graph = graph
    self.stream = stream
    self.findings = findings
  }

  /// What is to be seen at `now`, milliseconds since 1970.
  func read(now: Int64) async -> SelfReading {
    var reading = SelfReading(now: now)
    let statistics = await host.lanes.statistics()
    let clock = ContinuousClock()
    let started = clock.now
    let head = await Self.head(of: ledger)
    let storeSeconds = started.duration(to: clock.now) / .seconds(1)
    probe(head, canary: await canary(), &reading)
    let current: Seen = (
      statistics: statistics, entries: (try? head.get())?.sequence ?? before?.entries ?? 0, written: records.count,
      snapshot: graph.snapshot.version, time: now
    )
    reading.values.append(("store_latency", "store", storeSeconds))
    if let before {
      add(from: before.statistics, to: statistics, seconds: Double(now - before.time) / 1_000, &reading)
      observe(before, current, &reading)
    }
    before = current
    return reading
  }

  private static func head(of ledger: FollowedLedger) async -> Result<LedgerHead, StoreError> {
    do throws(StoreError) {
      return .success(try await ledger.head())
    } catch {
      return .failure(error)
    }
  }

  /// Why a decision that every rulebook with this model has isn't made on some lane; nil when all make it.
  private func canary() async -> String? {
    await host.lanes.problem(deciding: "awareness.declare").map { "a decision fails: \($0)" }
  }

  private func probe(_ head: Result<LedgerHead, StoreError>, canary: String?, _ reading: inout SelfReading) {
    func add(_ name: String, _ problem: String?) {
      reading.components.append(.init(name, isHealthy: problem == nil, problem: problem))
    }
    var storeProblem: String?
    if case .failure(let error) = head { storeProblem = "the ledger can't be read: \(error.code)" }
    let recordProblem = records.problem.map { _ in "decision records can't be written" }
    add("ledger", ledger.isWritable ? storeProblem : "the ledger stopped writing after a failed write")
    add("records", recordProblem)
    add("store", storeProblem ?? recordProblem)
    let reload = host.status.lastReloadProblems.first
    add("rulebook", reload.map { "the last reload was refused: \($0.message)" })
    // In memory it can't fail, and whether its store takes changes shows only when there are some.
    reading.components.append(.init("graph", isHealthy: nil))
    add("decisions", canary)
    add("self", findings.problem)
    add("stream", stream.isStopping ? "the stream is stopping" : nil)
  }

  private func add(
    from old: LaneStatistics, to new: LaneStatistics, seconds: Double, _ reading: inout SelfReading
  ) {
    let failed = new.failed.reduce(0, +) - old.failed.reduce(0, +)
    let all = new.decided - old.decided + failed
    if seconds > 0 { reading.values.append(("request_rate", "decisions", Double(all) / seconds)) }
    if all == 0 { return }
    reading.values.append(("error_rate", "decisions", Double(failed) / Double(all)))
    let counts = zip(new.buckets, old.buckets).map { $0 - $1 }
    reading.values.append(("p95_latency", "decisions", Self.quantile(Self.latencyShare, of: counts)))
  }

  /// What called what since the look before, as far as it left a trace.
  private func observe(_ old: Seen, _ new: Seen, _ reading: inout SelfReading) {
    let runs = new.statistics.runs.filter { $0.value > old.statistics.runs[$0.key] ?? 0 }
    // This look itself asks a decision.
    reading.calls = [SelfCall("self", "decisions"), SelfCall("self", "store")]
    if !runs.isEmpty { reading.calls.append(SelfCall("decisions", "rulebook")) }
    if new.entries > old.entries { reading.calls += [SelfCall("decisions", "ledger"), SelfCall("ledger", "store")] }
    if new.written > old.written { reading.calls += [SelfCall("decisions", "records"), SelfCall("records", "store")] }
    if new.snapshot != old.snapshot { reading.calls.append(SelfCall("graph", "store")) }
    let asksGraph = host.generation.decisions.filter { decision in
      decision.uses.contains { $0.rawValue.begins(with: "graph.") }
    }
    if asksGraph.contains(where: { runs[$0.name] != nil }) { reading.calls.append(SelfCall("decisions", "graph")) }
    if stream.hasReaders { reading.calls += [SelfCall("stream", "records"), SelfCall("stream", "ledger")] }
  }

  /// The upper bound in seconds of the bucket in which a share of the runs ends.
  private static func quantile(_ share: Double, of counts: [Int]) -> Double {
    let wanted = Double(counts.reduce(0, +)) * share
    var sum = 0
    for (count, bound) in zip(counts, LaneStatistics.bucketBounds) {
      sum += count
      if Double(sum) >= wanted { return Double(bound) / 1e9 }
    }
    return Double(LaneStatistics.bucketBounds.last ?? 0) / 1e9
  }
}
