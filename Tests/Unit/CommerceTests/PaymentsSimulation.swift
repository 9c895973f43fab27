import Commerce
import Core
import StandIns
import Testing
import TrustGraph

/// Random payments by random citizens, with everything that can go wrong, all from one seed.
final class PaymentsSimulation {
  let world: PaymentsWorld
  private var generator: SeededGenerator
  private let wanted: Int
  private let hosts: Int
  private var begun = 0
  /// Notices on their way; any may come next, twice, or never.
  private var notices: [PaymentEvent] = []
  /// What buyers may still do something about.
  private var orders: [PaymentOrder] = []

  private static let packages = ["starter", "explorer", "trader", "merchant", "noble"]
  private static let methods = [
    "pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined", "pm_card_authenticationRequired",
    "pm_card_processing",
  ]

  /// A simulation of `payments` payments on so many hosts.
  init(seed: UInt64, payments: Int, hosts: Int = 1) async throws {
    world = try await PaymentsWorld(hosts: hosts)
    self.hosts = hosts
    generator = SeededGenerator(seed: seed)
    wanted = payments
    world.provider.setFaults(FakeProvider.seededFaults(seed: generator.next(), oneIn: 20))
    let losses = SharedGenerator(seed: generator.next())
    world.venice.setFaults { _ in losses.next(below: 10) == 0 ? .replyLost : nil }
    for _ in 0..<hosts {
      world.turn(to: 0)
      beginLife()
    }
  }

  /// Runs until every payment was begun and everything has come to rest.
  func run() async throws {
    while begun < wanted {
      // Whoever comes next comes to any host; one that has died stays away for a while.
      if hosts > 1 { world.turn(to: generator.next(below: hosts)) }
      if hosts > 1, world.life.isOver, !chance(3) { continue }
      if world.life.isOver {
        // Started again: the reconciler goes round before anything else.
        beginLife()
        _ = await world.reconciler.reconcile()
        continue
      }
      await act()
      notices += world.provider.newEvents()
    }
    await world.comeToRest()
  }

  private func chance(_ oneIn: Int) -> Bool { generator.next(below: oneIn) == 0 }

  /// A process that dies at about one in 400 points: seldom enough that a round of the reconciler, with some hundred
  /// payments open, mostly comes to its end.
  private func beginLife() {
    let deaths = SharedGenerator(seed: generator.next())
    world.begin { _ in deaths.next(below: 400) == 0 }
  }

  private func act() async {
    world.clock.pass(milliseconds: Int64(generator.next(below: 20_000)))
    switch generator.next(below: 20) {
    case 0..<5: await order()
    case 5..<9: buyerActs()
    case 9..<15: await deliver()
    case 15: await again()
    case 16 where chance(2): bankActs()
    case 16: bankEnds()
    case 17: await world.outbox.deliver()
    case 18 where chance(8): _ = await world.reconciler.reconcile()
    case 19 where chance(4) && !orders.isEmpty:
      _ = try? await world.payments.cancel(orders[generator.next(below: orders.count)].payment)
    case 19 where chance(200):
      // Days on which nobody comes and nothing dies, so that the reconciler looks far back.
      world.clock.pass(hours: 8 * 24)
      world.begin()
      await world.lookFarBack()
      beginLife()
    default: break
    }
  }

  private func order() async {
    begun += 1
    let id = Identifier(milliseconds: world.clock.now, random: (generator.next(), generator.next()))
    let citizen = "c\(generator.next(below: 50))"
    let level = Double(generator.next(below: 1_001)) / 1_000
    let wanted: PaymentOrder.Wanted
    switch generator.next(below: 10) {
    case 0..<5: wanted = .package(Self.packages[generator.next(below: Self.packages.count)])
    case 5..<8:
      guard let ducats = Amount(text: "\(generator.next(below: 20_000)).\(10 + generator.next(below: 90)) DUC/2")
      else { return }
      wanted = .custom(ducats: ducats)
    default:
      guard let quote = await sale(by: citizen, level) else { return }
      wanted = .quote(quote)
    }
    let method = chance(3) ? Self.methods[generator.next(below: Self.methods.count)] : nil
    let order = PaymentOrder(payment: id, citizen: citizen, level: level, wanted: wanted, paymentMethod: method)
    orders.append(order)
    if orders.count > 60 { orders.removeFirst(generator.next(below: 30)) }
    _ = try? await world.payments.create(order)
  }

  /// A quote for a sale, which the rules give.
  private func sale(by citizen: String, _ level: Double) async -> VerifiedQuote? {
    guard let ducats = Asset("DUC/2") else { return nil }
    let amount = Amount(Int64(100 + generator.next(below: 100_000)), ducats)
    let key = Identifier(milliseconds: world.clock.now, random: (generator.next(), generator.next()))
    return try? await PaymentsFixture.quote(
      "sell", amount, citizen: citizen, level: level, key: key, by: world.decisions)
  }

  /// A client that got no answer, or an impatient one.
  private func again() async {
    guard !orders.isEmpty else { return }
    _ = try? await world.payments.create(orders[generator.next(below: orders.count)])
  }

  private func intent() -> PaymentIntent? {
    let recent = world.provider.act { book, _ in book.newest(200) }
    return recent.isEmpty ? nil : recent[generator.next(below: recent.count)]
  }

  private func buyerActs() {
    let method = Self.methods[generator.next(below: Self.methods.count)]
    guard let intent = intent() else { return }
    world.provider.act { book, now in _ = book.confirm(intent.id, method, at: now) }
  }

  private func bankActs() {
    guard let intent = intent(), intent.status == .succeeded else { return }
    let left = intent.amountReceived - intent.amountRefunded - intent.amountDisputed
    guard left > 0 else { return }
    let amount = chance(2) ? left : 1 + Int64(generator.next(below: Int(left)))
    if chance(3) {
      world.provider.act { book, now in _ = book.dispute(intent.id, amount: amount, at: now) }
    } else {
      world.provider.act { book, now in book.giveBack(intent.id, amount: amount, at: now) }
    }
  }

  /// What was on its way arrives, or doesn't.
  private func bankEnds() {
    let method = chance(3) ? "pm_card_chargeDeclined" : "pm_card_visa"
    world.provider.act { book, now in
      if let oldest = book.processing.first { _ = book.confirm(oldest, method, at: now) }
    }
  }

  /// One notice: any of those on their way, and one in ten is lost, one in ten comes again.
  private func deliver() async {
    guard !notices.isEmpty else { return }
    let place = generator.next(below: notices.count)
    let notice = notices[place]
    if !chance(10) { notices.remove(at: place) }
    if chance(10) { return }
    _ = try? await world.payments.receive(notice, body: Array(notice.id.utf8))
  }
}
