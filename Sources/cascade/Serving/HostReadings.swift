import Core
import Decisions
import Ledger
import Observability
import Rulebook
import Server
import Tokens

/// Looks at the parts of a running host: what each did since the last look, and whether it is healthy now.
actor HostReadings {
  private let host: Host
  private let stores: OpenStores
  private let citizens: CitizenServices
  private let money: PaymentServices
  private let stream: StreamHub
  private let facts: OwnFacts
  /// Asks who is outside; nil while nobody is asked.
  private var outside: Task<Void, Never>?

  /// The latency that is followed is that of so many of the runs, as the series is called.
  private static let latencyShare = 0.95

  private typealias Seen = (statistics: LaneStatistics, entries: Int64, written: Int64, time: Int64)
  private var before: Seen?

  init(
    _ host: Host, _ stores: OpenStores, citizens: CitizenServices, money: PaymentServices, stream: StreamHub,
    facts: OwnFacts
  ) {
    self.host = host
    self.stores = stores
    self.citizens = citizens
    self.money = money
    self.stream = stream
    self.facts = facts
  }

  /// What is to be seen at `now`, milliseconds since 1970.
  func read(now: Int64) async -> SelfReading {
    var reading = SelfReading(now: now)
    let statistics = await facts.counts()
    let clock = ContinuousClock()
    let started = clock.now
    let head = await Self.head(of: stores.ledger)
    let read = started.duration(to: clock.now)
    askOutside()
    await probe(head, canary: await canary(), &reading)
    let current: Seen = (
      statistics: statistics, entries: (try? head.get())?.sequence ?? before?.entries ?? 0,
      written: stores.records.count, time: now
    )
    let slowest = max(read, stores.ledger.takeSlowestWrite() ?? .zero)
    reading.values.append(("store_latency", "store", slowest / .seconds(1)))
    let cacheUse = citizens.takeCacheUse()
    let redis = stores.redis.flatMap { $0.isWanted ? $0 : nil }
    if cacheUse != nil || redis != nil {
      // In memory it can't fail.
      let isAway = redis.map(\.isAway)
      let problem = isAway == true ? "Redis is away" : nil
      reading.components.append(.init("cache", isHealthy: isAway.map { !$0 }, problem: problem))
    }
    if let cacheUse, cacheUse.asked > 0 {
      reading.values.append(("cache_hit_ratio", "cache", Double(cacheUse.kept) / Double(cacheUse.asked)))
    }
    if let before {
      add(from: before.statistics, to: statistics, seconds: Double(now - before.time) / 1_000, &reading)
      observe(before, current, &reading)
    }
    see(since: before?.statistics, statistics, &reading)
    let entries = (try? head.get())?.sequence
    // Acts are read from the disk, which blocks.
    reading.blind = await Task(executorPreference: stream.threads) { [facts] in
      facts.blindSpots(entries: entries, now: now)
    }.value
    before = current
    return reading
  }

  private static func head(of ledger: LedgerProjection) async -> Result<LedgerHead, StoreError> {
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

  /// Asks those outside without waiting for them: what they answer is seen at a later look.
  private func askOutside() {
    if outside != nil { return }
    outside = Task {
      async let venice: Void = citizens.probeVenice()
      await money.probeStripe()
      await venice
      outside = nil
    }
  }

  private func probe(_ head: Result<LedgerHead, StoreError>, canary: String?, _ reading: inout SelfReading) async {
    func add(_ name: String, _ problem: String?) {
      reading.components.append(.init(name, isHealthy: problem == nil, problem: problem))
    }
    var storeProblem: String?
    if case .failure(let error) = head { storeProblem = "the ledger can't be read: \(error.code)" }
    let recordProblem = stores.records.problem.map { _ in "decision records can't be written" }
    add("ledger", stores.ledger.isWritable ? storeProblem : "the ledger stopped writing after a failed write")
    add("records", recordProblem)
    let sessionProblem = await stores.sessionProblem()
    let paymentProblem = await stores.paymentProblem()
    let graphProblem = stores.tally.problem(of: SelfCall("graph", "store"))
    add("store", storeProblem ?? recordProblem ?? sessionProblem ?? paymentProblem ?? graphProblem)
    let isBlind = !stores.keys.revoked.isReadable
    add("identity", isBlind ? "the list of revoked tokens can't be read" : sessionProblem)
    add("payments", paymentProblem)
    // Relationships are kept when they change: how that went the last time is all that can be told.
    add("graph", graphProblem)
    let reload = host.status.lastReloadProblems.first
    add("rulebook", reload.map { "the last reload was refused: \($0.message)" })
    add("decisions", canary)
    add("self", facts.findings.problem)
    add("stream", stream.isStopping ? "the stream is stopping" : nil)
    reading.components += ["venice", "stripe"].compactMap(stores.tally.component)
  }

  private func add(
    from old: LaneStatistics, to new: LaneStatistics, seconds: Double, _ reading: inout SelfReading
  ) {
    let failed = new.failed.reduce(0, +) - old.failed.reduce(0, +)
    let all = new.decided - old.decided + failed
    if seconds > 0 { reading.values.append(("request_rate", "decisions", Double(all) / seconds)) }
    if all == 0 { return }
    reading.values.append(("error_rate", "decisions", Double(failed) / Double(all)))
    let faults = new.ruleFaults - old.ruleFaults
    reading.values.append(("rule_faults", "decisions", Double(faults) / Double(all)))
    reading.cases["rule_faults"] = SelfReading.Cases(bad: faults, all: all)
    let counts = zip(new.buckets, old.buckets).map { $0 - $1 }
    reading.values.append(("p95_latency", "decisions", Self.quantile(Self.latencyShare, of: counts)))
  }

  /// What called what since the look before, as far as it left a trace.
  private func observe(_ old: Seen, _ new: Seen, _ reading: inout SelfReading) {
    let runs = new.statistics.runs.filter { $0.value > old.statistics.runs[$0.key] ?? 0 }
    // This look itself asks a decision.
    reading.calls = stores.tally.take() + [SelfCall("self", "decisions"), SelfCall("self", "store")]
    if !runs.isEmpty { reading.calls.append(SelfCall("decisions", "rulebook")) }
    if new.entries > old.entries { reading.calls += [SelfCall("decisions", "ledger"), SelfCall("ledger", "store")] }
    if new.written > old.written { reading.calls += [SelfCall("decisions", "records"), SelfCall("records", "store")] }
    let asksGraph = host.generation.decisions.filter { decision in
      decision.uses.contains { $0.rawValue.begins(with: "graph.") }
    }
    if asksGraph.contains(where: { runs[$0.name] != nil }) { reading.calls.append(SelfCall("decisions", "graph")) }
    if stream.hasReaders { reading.calls += [SelfCall("stream", "records"), SelfCall("stream", "ledger")] }
  }

  /// What can be asked for, and what was; at the first look, since the host began.
  private func see(since old: LaneStatistics?, _ new: LaneStatistics, _ reading: inout SelfReading) {
    let earlier = old?.runs ?? [:]
    let ran = new.runs.filter { $0.value > earlier[$0.key] ?? 0 }
    reading.offered =
      host.generation.decisions.map { SelfSight(.decision, $0.name) }
      + facts.routes.offered.map { SelfSight(.route, $0) }
      + Set(host.generation.decisions.flatMap(\.uses)).map { SelfSight(.hostCall, $0.rawValue) }.sorted()
    reading.asked =
      ran.keys.sorted().map { SelfSight(.decision, $0) }
      + facts.routes.take().map { SelfSight(.route, $0) }
      + facts.hostCalls.take().map { SelfSight(.hostCall, $0.rawValue) }
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
