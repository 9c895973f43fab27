import Commerce
import Core
import Ledger
import StandIns
import Testing

/// Everything that must be true of ledger, provider, payments and Venice when nothing is under way any more.
struct Audit {
  /// What the ledger says of one payment.
  struct Booked: Equatable {
    /// Come in from `world` for it.
    var collected: [Int64] = []
    /// Gone back to `world` for it.
    var returned: Int64 = 0
    /// Ducats that it brought its citizen, reversals and debts taken off.
    var ducats: Int64 = 0
    /// Ducats that its citizen gave for dollars, each time.
    var sold: [Int64] = []
    /// Dollars owed to its citizen for that, the fee taken off.
    var owed: Int64 = 0
    /// How often the reserve paid an uplift.
    var uplifts = 0
  }

  let world: PaymentsWorld
  private(set) var problems: [String] = []

  init(_ world: PaymentsWorld) { self.world = world }

  /// Looks at everything; O(entries).
  static func problems(of world: PaymentsWorld) async throws -> [String] {
    var audit = Audit(world)
    try await audit.run()
    return audit.problems
  }

  private mutating func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
    if !condition, problems.count < 20 { problems.append(text()) }
  }

  private mutating func run() async throws {
    await expectBalance()
    let booked = try await readLedger()
    let intents = Dictionary(grouping: world.provider.intents) { $0.metadata["payment"] ?? "" }
    expectPostings(booked, intents)
    expectNothingElse(booked, intents)
    expectCredits()
    let unexpected = world.alarms.all.filter { !world.expectedAlarms.contains($0.code) }
    expect(unexpected.isEmpty, "alarms: \(unexpected)")
  }

  private mutating func expectBalance() async {
    var sums: [String: Int64] = [:]
    for account in await world.ledger.allAccounts() {
      guard let asset = account.asset else { continue }
      let totals = account.totals
      sums[asset.name, default: 0] += totals.creditsPosted - totals.debitsPosted
      expect(totals.debitsPending == 0 && totals.creditsPending == 0, "\(account.name) still holds something")
      expect(account.name.isWorld || totals.balances.posted >= account.floor, "\(account.name) is below its floor")
      if account.name.text == "clearing:stripe" { expect(totals.balances.posted == 0, "something stays in clearing") }
    }
    for (asset, sum) in sums { expect(sum == 0, "\(asset) sums to \(sum)") }
  }

  private func readLedger() async throws -> [String: Booked] {
    var booked: [String: Booked] = [:]
    var last: Int64 = 0
    while true {
      let rows = await world.ledger.rows(after: last, limit: 10_000)
      guard let final = rows.last else { return booked }
      for row in rows {
        guard let entry = row.stored?.entry, let posting = entry.postings.first else { continue }
        if [.hold, .void].contains(entry.kind) { continue }
        var reference = entry.reference
        if entry.kind == .post, let hold = entry.pendingID {
          reference = await world.ledger.entry(hold)?.entry.reference ?? ""
        }
        if reference.isEmpty { continue }
        Self.add(entry, posting, to: &booked[reference, default: Booked()])
      }
      last = final.sequence
    }
  }

  private static func add(_ entry: Entry, _ posting: Posting, to booked: inout Booked) {
    if posting.source.isWorld { booked.collected.append(posting.amount.minor) }
    if posting.destination.isWorld { booked.returned += posting.amount.minor }
    if posting.destination.text.hasPrefix("citizen:"), entry.kind == .post { booked.ducats += posting.amount.minor }
    if entry.kind == .posted {
      if posting.source.text.hasPrefix("citizen:") { booked.sold.append(posting.amount.minor) }
      if posting.destination.text.hasPrefix("payable:") { booked.owed += posting.amount.minor }
      if posting.source.text.hasPrefix("payable:") { booked.owed -= posting.amount.minor }
      if posting.source.text.hasPrefix("uplift:") { booked.uplifts += 1 }
    }
    let payers = ["citizen:", "receivable:citizen:"]
    if entry.kind == .reversal, payers.contains(where: { posting.source.text.hasPrefix($0) }) {
      booked.ducats -= posting.amount.minor
    }
  }

  /// Every success is posted exactly once, and nothing that is none.
  private mutating func expectPostings(_ booked: [String: Booked], _ intents: [String: [PaymentIntent]]) {
    for payment in world.store.payments {
      let name = payment.id.description
      let found = intents[name] ?? []
      expect(found.count <= 1, "\(found.count) intents of \(name)")
      expect(!payment.isUnfinished, "\(name) is unfinished: \(payment.state), \(payment.problem ?? "no problem")")
      let entry = booked[name] ?? Booked()
      if payment.kind == .sell {
        expectSale(payment, entry)
        continue
      }
      guard let intent = found.first, intent.status == .succeeded else {
        expect(entry == Booked(), "\(name) wasn't paid, and \(entry) is booked")
        continue
      }
      let lost = min(intent.amountReceived, intent.amountRefunded + intent.amountDisputed)
      expect(entry.collected == [intent.amountReceived], "\(name): \(entry.collected) for \(intent.amountReceived)")
      expect(entry.returned == lost && payment.reversed == lost, "\(name): \(entry.returned) returned, \(lost) lost")
      let bought = payment.state == .settled ? (payment.ducats?.minor ?? 0) + (payment.bonus?.minor ?? 0) : 0
      expect(payment.state == .settled || payment.state == .suspended, "\(name) is \(payment.state)")
      let isWholeBack = lost == intent.amountReceived
      expect(isWholeBack ? entry.ducats == 0 : entry.ducats <= bought, "\(name): \(entry.ducats) of \(bought) ducats")
      if lost == 0 { expect(entry.ducats == bought, "\(name): \(entry.ducats) of \(bought) ducats") }
    }
  }

  /// A sale is booked once, whole, as it was quoted; or not at all.
  private mutating func expectSale(_ payment: Payment, _ entry: Booked) {
    guard payment.state == .settled, case .quote(let quote) = payment.order.wanted else {
      expect(entry == Booked(), "\(payment.id) is \(payment.state), and \(entry) is booked")
      return
    }
    let (net, gross) = (Amount(json: quote.terms["net"])?.minor, Amount(json: quote.terms["gross"])?.minor ?? 0)
    let plain = quote.amount.minor / 10
    expect(entry.sold == [quote.amount.minor], "\(payment.id): \(entry.sold) sold of \(quote.amount)")
    expect(entry.owed == net, "\(payment.id): \(entry.owed) is owed, \(net ?? 0) was quoted")
    expect(entry.uplifts == (gross > plain ? 1 : 0), "\(payment.id): \(entry.uplifts) uplifts of \(gross - plain)")
    expect(entry.collected.isEmpty && entry.returned == 0, "\(payment.id) moved money of the provider's")
  }

  private mutating func expectNothingElse(_ booked: [String: Booked], _ intents: [String: [PaymentIntent]]) {
    let collected = booked.values.reduce(0) { $0 + $1.collected.count }
    let succeeded = world.provider.intents.filter { $0.status == .succeeded }.count
    expect(collected == succeeded, "\(collected) collections for \(succeeded) successes")
    let known = Set(world.store.payments.map(\.id.description))
    for name in intents.keys { expect(known.contains(name), "an intent for \(name), which isn't known") }
    expect(world.provider.intents.allSatisfy(\.status.isFinal), "an intent is still open")
  }

  /// Venice has each settled payment once.
  private mutating func expectCredits() {
    let settled = world.store.payments.filter { $0.state == .settled && $0.kind != .sell }
    let credits = world.venice.credits
    expect(credits.count == settled.count, "\(credits.count) credits for \(settled.count) settled payments")
    for payment in settled {
      let bought = (payment.ducats?.minor ?? 0) + (payment.bonus?.minor ?? 0)
      expect(credits[payment.id]?.ducats.minor == bought, "Venice has the wrong credit for \(payment.id)")
    }
    expect(world.store.credits.allSatisfy { $0.state == .acknowledged }, "a credit was never acknowledged")
  }
}
