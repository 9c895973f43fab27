import Commerce
import Core
import Decisions
import Foundation
import StandIns
import Testing

struct SimulationTests {
  /// `CASCADE_PAYMENTS` and `CASCADE_SEED` run another one.
  private static func setting(_ name: String, _ standard: UInt64) -> UInt64 {
    ProcessInfo.processInfo.environment["CASCADE_" + name].flatMap { UInt64($0) } ?? standard
  }

  @Test(arguments: [1, 3])
  func `whatever crashes and gets lost, every success is posted once and nothing else is`(hosts: Int) async throws {
    let payments = Int(Self.setting("PAYMENTS", 250))
    let seed = Self.setting("SEED", 1618)
    let simulation = try await PaymentsSimulation(seed: seed, payments: payments, hosts: hosts)
    let start = ContinuousClock.now
    try await simulation.run()
    let problems = try await Audit.problems(of: simulation.world)
    #expect(problems == [], "seed \(seed)")
    let world = simulation.world
    if payments > 1_000 {
      let outcomes = world.store.payments.map { "\($0.state.rawValue) \($0.refusal ?? "")" }
      let counts = Dictionary(grouping: outcomes) { $0 }.map { "\($0.value.count) \($0.key)" }.sorted()
      print("\(payments) payments on \(hosts) hosts, seed \(seed): \(world.deaths) crashes,")
      print("\(world.provider.intents.count) intents, \(counts) in \(ContinuousClock.now - start)")
    }
    #expect(world.deaths > 0)
    await world.decisions.stop()
  }

  @Test func `the same seed gives the same payments and balances`() async throws {
    var summaries: [[String]] = []
    for _ in 0..<2 {
      let simulation = try await PaymentsSimulation(seed: 42, payments: 60)
      try await simulation.run()
      summaries.append(await simulation.world.summary())
      await simulation.world.decisions.stop()
    }
    #expect(summaries[0] == summaries[1])
  }
}

struct CrashTests {
  /// Bought, paid in part back, with its notices and its credit; then a second one that its buyer gives up.
  private static func live(_ world: PaymentsWorld) async {
    let first = PaymentOrder(
      payment: Identifier(milliseconds: world.clock.now, random: (1, 1)), citizen: "alice", level: 0.5,
      wanted: .package("noble"))
    let second = PaymentOrder(
      payment: Identifier(milliseconds: world.clock.now, random: (2, 2)), citizen: "zoe", level: 0.5,
      wanted: .package("trader"))
    for order in [first, second] { _ = try? await world.payments.create(order) }
    if let intent = world.provider.intents.first(where: { $0.metadata["citizen"] == "alice" }) {
      world.provider.act { book, now in _ = book.confirm(intent.id, "pm_card_visa", at: now) }
      await deliver(world)
      world.provider.act { book, now in book.giveBack(intent.id, amount: 12_345, at: now) }
      await deliver(world)
    }
    _ = try? await world.payments.cancel(second.payment)
    await world.outbox.deliver()
  }

  private static func deliver(_ world: PaymentsWorld) async {
    for event in world.provider.newEvents() {
      _ = try? await world.payments.receive(event, body: Array(event.id.utf8))
    }
  }

  @Test func `a crash at any point is made good at the next start`() async throws {
    let whole = try await PaymentsWorld()
    await Self.live(whole)
    let points = whole.life.passedPoints
    #expect(points > 40)
    await whole.comeToRest()
    #expect(try await Audit.problems(of: whole) == [])
    await whole.decisions.stop()
    for point in 0..<points {
      let world = try await PaymentsWorld()
      world.begin { $0 == point }
      await Self.live(world)
      #expect(world.life.isOver, "point \(point)")
      await world.comeToRest()
      #expect(try await Audit.problems(of: world) == [], "point \(point) of \(points)")
      await world.decisions.stop()
    }
  }

  @Test func `two crashes, the second while the first is made good, are made good too`() async throws {
    for point in stride(from: 1, to: 44, by: 3) {
      for second in stride(from: 0, to: 10, by: 2) {
        let world = try await PaymentsWorld()
        world.begin { $0 == point }
        await Self.live(world)
        world.clock.pass(hours: 2)
        world.begin { $0 == second }
        _ = await world.reconciler.reconcile()
        await world.comeToRest()
        #expect(try await Audit.problems(of: world) == [], "points \(point) and \(second)")
        await world.decisions.stop()
      }
    }
  }
}
