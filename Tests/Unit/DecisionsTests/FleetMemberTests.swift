import Core
import Decisions
import Rulebook
import Synchronization
import Testing

/// A host's place among others, with clocks that go as the test says.
struct FleetMemberTests {
  /// Time in nanoseconds.
  private final class Time: Sendable {
    private let now = Mutex<Int64>(1_000_000_000_000)
    var value: Int64 { now.withLock { $0 } }
    func pass(_ duration: Duration) { now.withLock { $0 += duration.microseconds * 1_000 } }
  }

  /// A host that loads and follows what it is told, or fails.
  private final class Following: FleetFollowing {
    let problem = Mutex<String?>(nil)
    let staged = Mutex<[String]>([])

    func stage(_ digest: String) async throws(RulebookRejected) {
      try fail()
      staged.withLock { $0.append(digest) }
    }
    func follow(_ activation: RulebookActivation) async throws(RulebookRejected) -> Int {
      try fail()
      return activation.number
    }
    private func fail() throws(RulebookRejected) {
      if let problem = problem.withLock({ $0 }) { throw RulebookRejected([RulebookError(.storage, message: problem)]) }
    }
  }

  private let time = Time()
  private let rulebooks = MemoryRulebookStore()
  private let register: MemoryHostRegister
  private let rules = RulebookSnapshot(files: ["policies/a.lua": Array("return { a = 1 }".utf8)])

  init() {
    let time = time
    register = MemoryHostRegister(rulebooks) { time.value }
  }

  private func member(
    _ name: String, staleAfter: Duration = .seconds(30), living: LivingHosts = LivingHosts()
  ) -> FleetMember {
    FleetMember(
      name: name, seat: name, register: register,
      lease: HostLease(staleAfter: staleAfter) { [time] in time.value }, living: living, awareness: { 0.5 })
  }

  private func activate() async throws -> Int {
    let number = try await rulebooks.stage(rules)
    try await rulebooks.activate(RulebookActivation(number: number, digest: rules.digest, milliseconds: 1))
    return number
  }

  /// Waits until `body` is true.
  private func becomes(_ body: () async throws -> Bool) async throws -> Bool {
    for _ in 0..<1_000 {
      if try await body() { return true }
      try await Task.sleep(for: .milliseconds(5))
    }
    return false
  }

  @Test func `a lease runs ten seconds from the last confirmed heartbeat, then answers are stale, then there are none`()
    async throws
  {
    let one = member("one")
    #expect(one.lease.standing == .over)
    try await one.join(generation: try await activate())
    #expect(one.lease.standing == .held)
    time.pass(.milliseconds(9_999))
    #expect(one.lease.standing == .held)
    time.pass(.milliseconds(1))
    #expect(one.lease.standing == .stale)
    time.pass(.milliseconds(29_999))
    #expect(one.lease.standing == .stale)
    time.pass(.milliseconds(1))
    #expect(one.lease.standing == .over)
  }

  @Test func `a member knows how many hosts live, so that each counts its share`() async throws {
    let living = LivingHosts()
    let (one, two) = (member("one", living: living), member("two"))
    try await one.join(generation: 0)
    #expect(living.count == 1)
    try await two.join(generation: 0)
    time.pass(FleetLimits.beat)
    try await one.round(Following())
    #expect(living.count == 2)
    // The other one is silent.
    time.pass(FleetLimits.live)
    try await one.round(Following())
    #expect(living.count == 1)
  }

  @Test func `a lease that ends allows nothing where nothing stale is allowed`() async throws {
    let one = member("one", staleAfter: .zero)
    try await one.join(generation: try await activate())
    time.pass(.seconds(10))
    #expect(one.lease.standing == .over)
  }

  @Test func `a heartbeat under an older generation gives no lease, and following gives it again`() async throws {
    let (one, host) = (member("one"), Following())
    try await one.join(generation: try await activate())
    host.problem.withLock { $0 = "no memory" }
    _ = try await activate()
    for _ in 0..<11 {
      time.pass(.seconds(1))
      try? await one.round(host)
    }
    #expect(one.lease.standing == .stale)
    #expect(try await becomes { one.problem?.contains("can't load it") == true })
    try await one.round(host)
    time.pass(.seconds(1))
    try await one.round(host)
    #expect(try await one.hosts().first?.beat.problem == "no memory")
    host.problem.withLock { $0 = nil }
    #expect(
      try await becomes {
        try await one.round(host)
        return one.lease.standing == .held
      })
    #expect(one.problem == nil)
  }

  @Test func `what is wanted is loaded once, and said; what can't be is said with its reason`() async throws {
    let (one, host) = (member("one"), Following())
    try await one.join(generation: try await activate())
    let first = try await rulebooks.stage(rules)
    try await register.want(first, rules.digest)
    #expect(
      try await becomes {
        try await one.round(host)
        return try await one.hosts().first?.beat.staged == [first]
      })
    #expect(host.staged.withLock { $0 } == [rules.digest])
    host.problem.withLock { $0 = "its disk is gone" }
    let second = try await rulebooks.stage(rules)
    try await register.want(second, rules.digest)
    #expect(
      try await becomes {
        try await one.round(host)
        return try await one.hosts().first?.beat.refused == [second: "its disk is gone"]
      })
    #expect(try await one.hosts().first?.beat.awareness == 0.5)
  }

  @Test func `a process whose name another one has taken loses its lease at once`() async throws {
    let one = member("one")
    let number = try await activate()
    try await one.join(generation: number)
    time.pass(.seconds(6))
    let two = FleetMember(name: "one", seat: "elsewhere", register: register, lease: HostLease { [time] in time.value })
    try await two.join(generation: number)
    await #expect(throws: StoreError.self) { try await one.round(Following()) }
    #expect(one.lease.standing == .stale)
    #expect(one.problem != nil)
    #expect(two.lease.standing == .held)
  }
}
