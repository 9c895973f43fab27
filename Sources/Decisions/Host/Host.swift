internal import Core
internal import Governance
package import LuaRuntime
package import NIOCore
internal import Platform
package import Rulebook
internal import Synchronization

/// A host that runs a rulebook: the generation that decides, and the lanes that decide by it.
package final class Host: HostControl, Sendable {
  /// The lanes that make decisions without effects.
  package let lanes: LaneGroup
  let keeper: RulebookKeeper
  private let first: Generation
  private let isStopping = Mutex(false)
  /// Changes of the rulebook are made one after the other.
  let changes = SerialQueue()
  private let asked = Mutex(RecentQuestions())
  private let storageProblem: @Sendable () -> String?
  private let furtherDoubt: @Sendable () -> String?
  /// What must decide, where governance is in force.
  private let governance: GovernanceView?
  /// The hosts that decide by the same generations; nil for one by itself.
  package let fleet: FleetMember?

  /// Loads the rulebook in `directory` and makes a lane on each of `loops`; `reads` answers the host calls of decisions
  /// without effects. `storageProblem` says why decisions can't be kept, nil when they can; it is asked often and must
  /// not wait, and neither must `doubt`, which says what else speaks against the host while it decides. Where
  /// `governance` is in force, the files are not read: the archived rulebook that it names decides,
  /// which was checked when it came into force.
  /// Unless `isStrict`, the rulebook that decided last serves where these files can't. As a member of a `fleet`, it
  /// decides by what the store says, and by the files only at the very first start. Throws `RulebookRejected` with
  /// everything that is wrong with the files, or why `rulebooks` can't keep them.
  package init(
    directory: String, rulebooks: any RulebookStore, loops: [any EventLoop], limits: RunLimits = RunLimits(),
    reads: any HostCallHandler & Sendable = HostReads(), runSpecs: Bool, governance: GovernanceView? = nil,
    isStrict: Bool = false, fleet: FleetMember? = nil, storageProblem: @escaping @Sendable () -> String? = { nil },
    doubt: @escaping @Sendable () -> String? = { nil }
  ) async throws {
    self.storageProblem = storageProblem
    furtherDoubt = doubt
    keeper = RulebookKeeper(directory: directory, store: rulebooks)
    self.governance = governance
    self.fleet = fleet
    let prepared: RulebookKeeper.Prepared
    if fleet != nil {
      prepared = try await keeper.prepareShared(runSpecs: runSpecs, inForce: governance?.inForce?.digest)
    } else if let digest = governance?.inForce?.digest {
      guard let wanted = try await keeper.prepare(digest: digest, isNew: false) else {
        throw RulebookRejected([])
      }
      prepared = wanted
    } else {
      prepared = try await keeper.prepareStart(runSpecs: runSpecs, isStrict: isStrict)
    }
    first = prepared.generation
    lanes = try await LaneGroup(loops: loops, generation: first, limits: limits, reads: reads, lease: fleet?.lease)
    await keeper.commit(prepared)
    try await fleet?.join(generation: first.number)
  }

  /// The generation that decides.
  package var generation: Generation { keeper.current ?? first }

  /// Decisions are no longer to be expected: the host is stopping.
  package func beginStop() { isStopping.withLock { $0 = true } }

  /// The generation that decides, and what became of the last reload.
  package var status: RulebookStatus {
    let generation = generation
    return RulebookStatus(
      generation: generation.number, digest: generation.digest,
      plugins: generation.plugins.map { plugin in
        PluginStatus(name: plugin.name, version: plugin.version, decisions: plugin.decisions.map(\.name))
      },
      lanes: lanes.places.count, activatedMilliseconds: generation.activatedMilliseconds,
      retained: keeper.retained, lastReloadProblems: keeper.lastProblems)
  }

  /// Every decision of the generation that serves, by name.
  package var decisions: [DecisionDescription] {
    generation.decisions.map { decision in
      DecisionDescription(
        name: decision.name, plugin: decision.plugin, summary: decision.summary,
        input: decision.input.jsonSchema, output: decision.output.jsonSchema, uses: decision.uses.map(\.rawValue),
        debits: decision.debits.map(\.text), credits: decision.credits?.map(\.text), refusals: decision.refusals,
        operators: decision.needsOperator)
    }
  }

  /// Why decisions are not being served, or can't be kept; nil when all is well.
  package var unreadiness: String? {
    if isStopping.withLock({ $0 }) { return "the host is stopping, and no decisions are being served" }
    if let fleet, fleet.lease.standing == .over { return FleetMember.noLease }
    return storageProblem()
  }

  /// What speaks against the rules that serve, while they serve on; nil when nothing does.
  package var doubt: String? {
    if let doubt = governance?.doubt { return doubt }
    if let problem = fleet?.problem { return problem }
    if !keeper.lastProblems.isEmpty { return "the last reload failed, so the files aren't what decides" }
    return furtherDoubt()
  }

  /// Reads the files again for somebody who is told what is doubtful in them.
  package func reload(runSpecs: Bool, allowRemoval: Bool = false) async throws(RulebookRejected) -> RulebookStatus {
    try await reload(runSpecs: runSpecs, allowRemoval: allowRemoval, tellsDoubts: true)
  }

  /// Reads the files again and decides by them, unless they are the same: see
  /// ``RulebookKeeper/prepare(runSpecs:removal:tellsDoubts:)``. Where governance is in force, files that differ from it
  /// are refused, each by name.
  package func reload(
    runSpecs: Bool, allowRemoval: Bool, tellsDoubts: Bool
  ) async throws(RulebookRejected) -> RulebookStatus {
    let report = Mutex(ReloadReport(.unchanged))
    var status = try await change { [self] () async throws(RulebookRejected) in
      if let active = governance?.inForce {
        try await keeper.hold(against: active.files)
        return nil
      }
      let removal = RemovalPolicy(isAllowed: allowRemoval, asked: await askedPoints())
      let found = try await keeper.prepare(runSpecs: runSpecs, removal: removal, tellsDoubts: tellsDoubts)
      report.withLock { $0 = found.report }
      return found.prepared
    }
    status.reload = report.withLock { $0 }
    return status
  }

  /// Decides by the archived rulebook of this digest; does nothing when it decides already. One that never was in
  /// force, `isNew`, is checked first, its specs included. `entering` runs when it is fine and not yet in force: what
  /// it throws leaves the old one in place.
  package func activate(
    _ digest: String, isNew: Bool, entering: @escaping @Sendable () async throws -> Void
  ) async throws {
    let refusal = Mutex<(any Error)?>(nil)
    do throws(RulebookRejected) {
      // What was in force before waits for nobody: an emergency may ask for it.
      _ = try await change(isUrgent: !isNew) { [keeper, isShared = fleet != nil] () async throws(RulebookRejected) in
        if isShared, !isNew, let following = try await keeper.prepare(followingTo: digest) { return following }
        return try await keeper.prepare(digest: digest, isNew: isNew)
      } entering: { () async throws(RulebookRejected) in
        do {
          try await entering()
        } catch {
          refusal.withLock { $0 = error }
          throw RulebookRejected([])
        }
      }
    } catch {
      throw refusal.withLock { $0 } ?? error
    }
  }

  /// Counts a question that isn't asked on a lane.
  package func noteQuestion(_ point: String) { asked.withLock { $0.count(point) } }

  /// The decisions that were asked for within the hour. Call it every few minutes, too, since an hour ago is known by
  /// the calls of that time.
  @discardableResult
  package func askedPoints() async -> Set<String> {
    let runs = await lanes.statistics().runs
    return asked.withLock { $0.recent(with: runs, at: .now) }
  }

  /// Saves `draft`, which was made on the rulebook `base`, and decides by it; see
  /// ``RulebookKeeper/prepare(_:on:runSpecs:removal:)``.
  package func save(_ draft: RulebookDraft, on base: String) async throws(RulebookSavingError) -> RulebookStatus {
    if governance?.inForce != nil {
      throw .unsigned("governance is in force, so only what holders signed decides; propose the draft instead")
    }
    let refusal = Mutex<RulebookSavingError?>(nil)
    do throws(RulebookRejected) {
      return try await change { [self] () async throws(RulebookRejected) in
        let removal = RemovalPolicy(asked: await askedPoints())
        do throws(RulebookSavingError) {
          return try await keeper.prepare(draft, on: base, runSpecs: true, removal: removal)
        } catch {
          refusal.withLock { $0 = error }
          throw RulebookRejected([])
        }
      }
    } catch {
      throw refusal.withLock { $0 } ?? .rejected(error)
    }
  }

  /// The generation that decides and those a rollback can go to, newest first.
  package var generations: [Generation] { keeper.generations }

  /// Goes back one generation; see ``RulebookKeeper/prepareRollback()``.
  package func rollback() async throws(RulebookRejected) -> RulebookStatus {
    if governance?.inForce != nil {
      throw RulebookRejected([
        RulebookError(
          .governed,
          message: "governance is in force, so an operator can't roll back; holders can: 'cascade governance emergency'"
        )
      ])
    }
    return try await change { [keeper] () async throws(RulebookRejected) in try await keeper.prepareRollback() }
  }

  private typealias Preparation =
    @Sendable () async throws(RulebookRejected) -> RulebookKeeper.Prepared?

  /// Prepares a generation, installs it on the lanes and commits it, when the changes before are through. Of a fleet
  /// each host has loaded it before that, and decides by it when this returns; where it `isUrgent`, that waits for
  /// nobody.
  private func change(
    isUrgent: Bool = false, _ prepare: @escaping Preparation,
    entering: @escaping @Sendable () async throws(RulebookRejected) -> Void = {}
  ) async throws(RulebookRejected) -> RulebookStatus {
    guard let fleet else {
      return try await changes.run { () async throws(RulebookRejected) in
        let prepared = try await prepare()
        try await entering()
        if let prepared { try await self.install(prepared) }
        return self.status
      }
    }
    guard let prepared = try await changes.run(prepare) else {
      try await entering()
      return status
    }
    if !isUrgent {
      do throws(RulebookRejected) {
        try await fleet.stage(prepared.generation)
      } catch {
        if let problem = error.errors.first { keeper.giveUp(prepared, problem) }
        throw error
      }
    }
    try await entering()
    let number = try await changes.run { () async throws(RulebookRejected) in
      let activated = prepared.isActivated ? prepared : try await self.keeper.activate(prepared)
      try await self.install(activated)
      return activated.generation.number
    }
    await fleet.decides(by: number)
    if !isUrgent { try await fleet.waitUntilAllDecide(by: number) }
    return status
  }

  func install(_ prepared: RulebookKeeper.Prepared) async throws(RulebookRejected) {
    do throws(LuaFailure) {
      try await lanes.install(prepared.generation)
    } catch {
      // The rulebook was loaded a moment ago, so only memory can be short.
      let number = prepared.generation.number
      let problem = RulebookError(
        .memoryExhausted, message: "generation \(number) could not reach the lanes: \(error.message)")
      keeper.giveUp(prepared, problem)
      throw RulebookRejected([problem])
    }
    await keeper.commit(prepared)
  }
}
