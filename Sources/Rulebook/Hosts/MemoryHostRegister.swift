package import Core
internal import Synchronization

/// A register for hosts in one process.
package final class MemoryHostRegister: HostRegister {
  fileprivate struct Known {
    var beat: HostBeat
    var began: Int
    var heard: Int64
    var leased: Int64
  }

  private struct State {
    var hosts: [Identifier: Known] = [:]
    var wanted: [Int: (digest: String, asked: Int64)] = [:]
    var count = 0
  }

  private let store: any RulebookStore
  private let clock: @Sendable () -> Int64
  private let state = Mutex(State())

  /// A register of hosts whose rulebooks lie in `store`; `clock` gives nanoseconds.
  package init(_ store: any RulebookStore, clock: @escaping @Sendable () -> Int64 = BootClock.nanoseconds) {
    self.store = store
    self.clock = clock
  }

  /// See ``HostRegister/beat(_:)``.
  package func beat(_ beat: HostBeat) async throws(StoreError) -> FleetNews {
    let current = try await store.current()
    let now = clock()
    let isTaken = state.withLock { state in
      let live = now - FleetLimits.live.microseconds * 1_000
      state.hosts = state.hosts.filter { $0.key == beat.run || !$0.value.isBefore(beat) }
      let began = state.hosts[beat.run]?.began
      let others = state.hosts.values.filter { $0.beat.name.isSame(as: beat.name) && $0.beat.run != beat.run }
      if others.contains(where: { other in began.map { $0 < other.began } ?? (other.heard > live) }) { return true }
      state.count += 1
      let holds = beat.generation == current?.number
      let leased = holds ? now : state.hosts[beat.run]?.leased ?? Int64.min / 2
      state.hosts[beat.run] = Known(beat: beat, began: began ?? state.count, heard: now, leased: leased)
      return false
    }
    if isTaken { throw .nameTaken(beat.name) }
    var news = try await news()
    news.living = state.withLock { $0.hosts.values.count { $0.heard > now - FleetLimits.live.microseconds * 1_000 } }
    return news
  }

  /// See ``HostRegister/news()``.
  package func news() async throws(StoreError) -> FleetNews {
    var news = FleetNews()
    news.current = try await store.current()
    let (first, since) = (news.current?.number ?? 0, clock() - FleetLimits.wanted.microseconds * 1_000)
    news.wanted = state.withLock { state in
      state.wanted.filter { $0.key > first && $0.value.asked > since }.mapValues(\.digest)
    }
    return news
  }

  /// See ``HostRegister/hosts()``.
  package func hosts() async throws(StoreError) -> [KnownHost] {
    let now = clock()
    return state.withLock { state in
      state.hosts.values.map { known in
        KnownHost(
          known.beat, age: .nanoseconds(now - known.heard),
          leaseAge: .nanoseconds(now.subtracting(saturating: known.leased)))
      }.filter { $0.age < FleetLimits.shown }.sorted { ExactText($0.beat.name) < ExactText($1.beat.name) }
    }
  }

  /// See ``HostRegister/want(_:_:)``.
  package func want(_ number: Int, _ digest: String) async throws(StoreError) {
    let now = clock()
    state.withLock { $0.wanted[number] = (digest, now) }
  }

  /// See ``HostRegister/leave(_:)``.
  package func leave(_ run: Identifier) async throws(StoreError) {
    state.withLock { $0.hosts[run] = nil }
  }
}

extension MemoryHostRegister.Known {
  /// Whether it was on the seat that `next` has now: it is gone then.
  fileprivate func isBefore(_ next: HostBeat) -> Bool {
    beat.name.isSame(as: next.name) && beat.seat.isSame(as: next.seat)
  }
}

extension StoreError {
  /// Another process has the name of a host.
  package static func nameTaken(_ name: String) -> StoreError {
    StoreError(.conflict, "another live host is named '\(name)'; give each one its own with --host-name")
  }
}
