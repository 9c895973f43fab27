package import Core
internal import Logging
package import Rulebook
internal import Synchronization

/// What a member of a fleet has its host do.
package protocol FleetFollowing: Sendable {
  /// Loads the stored rulebook of this digest, so that it can decide from one moment to the next.
  func stage(_ digest: String) async throws(RulebookRejected)
  /// Decides by what was activated; the number of the generation that decides then.
  func follow(_ activation: RulebookActivation) async throws(RulebookRejected) -> Int
}

/// One of several hosts that decide by the same generations: tells the others that it lives and by what it decides,
/// loads what they want to activate, and follows what they activated.
///
/// Its lease says whether it still knows what is in force. A host that can't load that gets no lease: it is fenced.
package final class FleetMember: Sendable {
  private struct State {
    var beat: HostBeat
    /// The numbers that are being loaded.
    var staging: Set<Int> = []
    var isFollowing = false
    /// When what couldn't be followed may be tried again.
    var retry: ContinuousClock.Instant?
    /// When it told so last, by the lease's clock.
    var hasBeaten: Int64?
    /// Why the register can't be asked; nil when it can.
    var registerProblem: String?
    /// What it can't follow, in a sentence that anybody may read; nil when it can.
    var fence: String?
  }

  /// Says whether the host still knows what is in force.
  package let lease: HostLease
  /// The name by which others know the host.
  package let name: String
  private let run: Identifier
  private let register: any HostRegister
  private let state: Mutex<State>
  private let awareness: @Sendable () -> Double?
  private let living: LivingHosts

  /// What is said of a host without a lease.
  package static let noLease =
    "this host has lost touch with the others, so it can't tell whether its rules are still in force"

  /// The member `name` on `seat`, see ``HostBeat/seat``; `awareness` gives the host's figure of itself, and
  /// `living` is told how many hosts there are.
  package init(
    name: String, seat: String, register: any HostRegister, lease: HostLease, living: LivingHosts = LivingHosts(),
    awareness: @escaping @Sendable () -> Double? = { nil }
  ) {
    self.name = name
    self.register = register
    self.lease = lease
    self.awareness = awareness
    self.living = living
    var identifiers = IdentifierGenerator()
    run = identifiers.next()
    state = Mutex(State(beat: HostBeat(name: name, run: run, seat: seat, generation: 0)))
  }

  /// Why it can't go on with the others, in a sentence that anybody may read; nil when it can. The register has more.
  package var problem: String? { state.withLock { $0.fence ?? $0.registerProblem } }

  /// Every host of the fleet, by name. Throws what the register throws.
  package func hosts() async throws(StoreError) -> [KnownHost] { try await register.hosts() }

  /// Enters the fleet, deciding by the generation of this number. Throws `conflict` when the name is another's.
  package func join(generation number: Int) async throws(StoreError) {
    state.withLock { $0.beat.generation = number }
    _ = try await beat()
  }

  /// Ends in order: nobody waits for it any more.
  package func leave() async {
    lease.end(at: lease.now)
    try? await register.leave(run)
  }

  // MARK: As one of the others

  /// One look at what the others want, with a heartbeat when one is due. Throws what the register throws.
  package func round(_ host: any FleetFollowing) async throws(StoreError) {
    let now = lease.now
    let isDue = state.withLock { state in
      state.hasBeaten.map { .nanoseconds(now - $0) >= FleetLimits.beat } ?? true
    }
    do throws(StoreError) {
      take(isDue ? try await beat() : try await register.news(), host)
      state.withLock { $0.registerProblem = nil }
    } catch {
      state.withLock { $0.registerProblem = "the other hosts can't be asked what is in force" }
      throw error
    }
  }

  /// Tells that it lives. Its lease runs from the moment before that, when it decides by what is in force.
  @discardableResult
  private func beat() async throws(StoreError) -> FleetNews {
    let begin = lease.now
    let figure = awareness()
    let beat = state.withLock { state in
      state.hasBeaten = begin
      state.beat.awareness = figure
      return state.beat
    }
    do throws(StoreError) {
      let news = try await register.beat(beat)
      if let count = news.living { living.note(count) }
      if news.current?.number == beat.generation { lease.renew(from: begin) }
      return news
    } catch {
      if error.code == .conflict { lease.end(at: begin) }
      throw error
    }
  }

  private func take(_ news: FleetNews, _ host: any FleetFollowing) {
    let (wanted, followed) = state.withLock { state in
      let known = state.staging.union(state.beat.staged).union(state.beat.refused.keys)
      let wanted = news.wanted.filter { !known.contains($0.key) }
      state.staging.formUnion(wanted.keys)
      var followed = news.current.flatMap { $0.number > state.beat.generation ? $0 : nil }
      if state.isFollowing || state.retry.map({ $0 > .now }) ?? false { followed = nil }
      if followed != nil { state.isFollowing = true }
      return (wanted, followed)
    }
    for (number, digest) in wanted { Task { await stage(number, digest, host) } }
    if let followed { Task { await follow(followed, host) } }
  }

  private func stage(_ number: Int, _ digest: String, _ host: any FleetFollowing) async {
    var refusal: String?
    do throws(RulebookRejected) { try await host.stage(digest) } catch { refusal = error.description }
    state.withLock { state in
      state.staging.remove(number)
      if let refusal { state.beat.refused[number] = refusal } else { state.beat.staged.append(number) }
      state.beat.forget()
    }
    _ = try? await beat()
  }

  private func follow(_ activation: RulebookActivation, _ host: any FleetFollowing) async {
    do throws(RulebookRejected) {
      let number = try await host.follow(activation)
      await decides(by: number)
      state.withLock { $0.isFollowing = false }
    } catch {
      state.withLock { state in
        state.isFollowing = false
        state.retry = .now + FleetLimits.beat
        state.fence = "generation \(activation.number) decides, and this host can't load it"
        state.beat.problem = error.description
      }
    }
  }

  /// The host decides by the generation of this number from now on; others hear of it at once.
  func decides(by number: Int) async {
    let isNew = state.withLock { state in
      if number <= state.beat.generation { return false }
      (state.beat.generation, state.beat.problem, state.fence, state.retry) = (number, nil, nil, nil)
      return true
    }
    if isNew { _ = try? await beat() }
  }

  // MARK: As the one that changes something

  /// Has every live host load a generation. Throws the name of one that can't, and its reason.
  func stage(_ generation: Generation) async throws(RulebookRejected) {
    let number = generation.number
    state.withLock { state in
      state.beat.staged.append(number)
      state.beat.forget()
    }
    try await asking { () async throws(StoreError) in try await register.want(number, generation.digest) }
    let deadline = ContinuousClock.now + FleetLimits.staging
    while true {
      let others = try await asking { () async throws(StoreError) in try await register.hosts() }
        .filter { $0.beat.run != run && $0.age < FleetLimits.live }
      for host in others {
        if let reason = host.beat.refused[number] {
          throw Self.refusal("the host \(host.beat.name) can't load it: \(reason)")
        }
      }
      guard let missing = others.first(where: { !$0.beat.staged.contains(number) }) else { return }
      if ContinuousClock.now >= deadline {
        throw Self.refusal("the host \(missing.beat.name) doesn't say whether it can load it; try again")
      }
      try? await Task.sleep(for: FleetLimits.wait)
    }
  }

  /// Waits until every host decides by the generation of this number or a later one, or has no lease any more. Throws
  /// when that can't be told.
  func waitUntilAllDecide(by number: Int) async throws(RulebookRejected) {
    let deadline = ContinuousClock.now + FleetLimits.leaseMargin + FleetLimits.leaseMargin
    while true {
      let waitsFor: KnownHost?
      do throws(StoreError) {
        waitsFor = try await register.hosts().first {
          $0.beat.generation < number && $0.leaseAge < FleetLimits.leaseMargin
        }
        if waitsFor == nil { return }
      } catch {
        if ContinuousClock.now >= deadline {
          throw RulebookRejected([
            RulebookError(
              .storage,
              message: "generation \(number) decides, but it can't be told whether every host has it: \(error)")
          ])
        }
      }
      try? await Task.sleep(for: FleetLimits.wait)
    }
  }

  private static func refusal(_ message: String) -> RulebookRejected {
    RulebookRejected([RulebookError(.hostRefused, message: message)])
  }

  private func asking<Value>(
    _ body: () async throws(StoreError) -> Value
  ) async throws(RulebookRejected) -> Value {
    do throws(StoreError) {
      return try await body()
    } catch {
      throw RulebookRejected([RulebookError(.storage, message: error.description)])
    }
  }
}

extension HostBeat {
  /// Forgets what was loaded long ago.
  fileprivate mutating func forget() {
    if staged.count > 4 * FleetLimits.staged { staged.removeFirst() }
    while refused.count > 4 * FleetLimits.staged, let first = refused.keys.min() { refused[first] = nil }
  }
}
