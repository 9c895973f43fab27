internal import Core
internal import Decisions
internal import Ledger
internal import LuaRuntime
internal import NIOCore
internal import NIOPosix
internal import Rulebook
internal import StorePostgres
internal import Synchronization
internal import Testing

/// A host in this process that shares a database with others: rules, ledger, lease.
final class FleetHost: Sendable {
  let host: Host
  let member: FleetMember
  let decisions: HostDecisions
  let ledger: LedgerProjection
  let rules: MarkedRulebook
  let register: PostgresHostRegister
  private let committing: CommittingDecisions
  private let loops: MultiThreadedEventLoopGroup
  private let isPaused = Mutex(false)
  private let rounds = Mutex<Task<Void, Never>?>(nil)

  /// Starts the host `name`, whose files carry `marker`. `wrap` may stand between it and the rulebooks.
  init(
    _ address: PostgresAddress, _ name: String, marker: Int, staleAfter: Duration = FleetLimits.staleAfter,
    wrap: (PostgresRulebookStore) -> any RulebookStore = { $0 }
  ) async throws {
    rules = try MarkedRulebook(marker)
    ledger = try await LedgerProjection(PostgresLedgerStore(address, host: name))
    register = try PostgresHostRegister(address, host: name)
    member = FleetMember(
      name: name, seat: rules.path, register: register, lease: HostLease(staleAfter: staleAfter))
    try ThreadStack.setDefault()
    loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let host = try await Host(
      directory: rules.path, rulebooks: wrap(try PostgresRulebookStore(address, host: name)),
      loops: Array(loops.makeIterator()), limits: RunLimits(deadline: .seconds(60)), runSpecs: false, fleet: member)
    self.host = host
    committing = try CommittingDecisions(
      store: ledger, reader: HostReads(), generation: { host.generation })
    decisions = HostDecisions(
      lanes: LaneDecisions(host.lanes), committing: committing, lease: member.lease,
      generation: { host.generation })
    goOn()
  }

  /// Begins, or goes on, to look what the others do.
  func goOn() {
    rounds.withLock { rounds in
      rounds = Task { [member, host] in
        while !Task.isCancelled {
          try? await member.round(host)
          try? await Task.sleep(for: FleetLimits.look)
        }
      }
    }
  }

  /// Hears and says nothing any more, as one that was cut off.
  func cutOff() {
    rounds.withLock { rounds in
      rounds?.cancel()
      rounds = nil
    }
  }

  /// Reloads with this marker in the files; the generation that decides then.
  func reload(_ marker: Int) async throws -> Int {
    try rules.mark(marker)
    return try await host.reload(runSpecs: false).generation
  }

  /// The markers and the generation of a decision without effects.
  func look() async throws -> (markers: [Int64?], decided: Decided) {
    let decided = try await decisions.decide(Question("probe.markers", .value([:])))
    let result = try decided.result()
    return ([result["left"]?.integer, result["right"]?.integer], decided)
  }

  /// A decision with an effect.
  func pay() async throws -> Decided { try await decisions.decide(Question("probe.pay", .value([:]))) }

  func stop() async throws {
    cutOff()
    await committing.stop()
    await member.leave()
    await register.close()
    await ledger.close()
    try await loops.shutdownGracefully()
  }
}

/// Waits until `body` is true; false after half a minute.
func becomes(_ body: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<1_500 {
    if try await body() { return true }
    try await Task.sleep(for: .milliseconds(20))
  }
  return false
}
