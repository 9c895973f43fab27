import Commerce
import Core
import NIOHTTP1
@testable import Server
import StandIns
import Testing

/// A Stripe that fails in every way, between an order over HTTP and its ducats.
struct PaymentFaultTests {
  /// Asks until the payment is made; what was answered on the way.
  private func insist(
    _ fixture: PaymentFixture, _ key: Identifier, _ bearer: String, times: Int = 5
  ) async throws -> [Int] {
    var statuses: [Int] = []
    for _ in 0..<times {
      let reply = try await fixture.pay(
        ["package": "starter", "payment_method": "pm_card_visa"], key: key, bearer: bearer)
      statuses.append(reply.status)
      if reply.status == 201 { return statuses }
      #expect(reply.status == 503 && reply.field("retry-after") != nil, "\(reply.text)")
    }
    Issue.record("never made: \(statuses)")
    return statuses
  }

  private func settles(
    _ faults: [StripeFault?], timeout: Duration = .seconds(20),
    _ check: (PaymentFixture, [Int]) throws -> Void = { _, _ in }
  ) async throws {
    try await PaymentFixture.run(timeout: timeout) { fixture in
      let anna = try await fixture.prices.signIn("anna")
      fixture.stripe.script(faults)
      let statuses = try await insist(fixture, fixture.key(1), anna)
      fixture.stripe.script([])
      try await fixture.deliver()
      #expect(try await fixture.look(fixture.key(1), bearer: anna).json["state"] == "settled")
      #expect(try await fixture.posted("citizen:anna") == 10_000)
      #expect(fixture.stripe.intents.count == 1, "one intent, whatever went wrong")
      let keys = Set(
        fixture.stripe.requests.filter { $0.method == .POST }.map { $0.headers.first(name: "idempotency-key") })
      #expect(keys == [fixture.key(1).description], "one key, the payment's own")
      #expect(fixture.alarms.isEmpty)
      try check(fixture, statuses)
    }
  }

  @Test(arguments: [409, 500, 502, 503])
  func `a 409 and a 5xx are tried again with the same key`(status: Int) async throws {
    try await settles([.status(status), .status(status), nil]) { _, statuses in #expect(statuses == [201]) }
  }

  @Test func `a 429 ends the attempt, and the next order is the same one`() async throws {
    try await settles([.status(429)]) { _, statuses in #expect(statuses == [503, 201]) }
  }

  @Test func `a lost reply leaves one intent`() async throws {
    try await settles([.replyLost, nil]) { _, statuses in #expect(statuses == [201]) }
  }

  @Test func `a Stripe that is away for all attempts leaves one intent when it is back`() async throws {
    try await settles(Array(repeating: .replyLost, count: 5)) { _, statuses in #expect(statuses == [503, 201]) }
    try await settles(Array(repeating: .status(500), count: 5)) { _, statuses in #expect(statuses == [503, 201]) }
    try await settles(Array(repeating: .closed, count: 5)) { _, statuses in #expect(statuses == [503, 201]) }
  }

  @Test func `an answer that can't be read is asked for again`() async throws {
    try await settles([.garbled(Array("<html>".utf8)), nil]) { _, statuses in #expect(statuses.last == 201) }
  }

  @Test func `a Stripe that says nothing is given up in time, and its intent is found`() async throws {
    try await settles(Array(repeating: .hangs, count: 5), timeout: .milliseconds(500)) { _, statuses in
      #expect(statuses == [503, 201])
    }
  }

  @Test func `a notice that can't be acted on now is acted on by the reconciler`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let id = fixture.key(1)
      _ = try await fixture.pay(["package": "starter"], key: id, bearer: anna)
      fixture.confirm()
      fixture.stripe.setFaults { _ in .status(500) }
      #expect(try await fixture.deliver().contains("deferred"))
      #expect(try await fixture.look(id, bearer: anna).json["state"] == "open")
      fixture.stripe.setFaults { _ in nil }
      fixture.prices.authentication.advance(.seconds(61))
      _ = await PaymentReconciler(fixture.payments).reconcile()
      let settled = try await fixture.look(id, bearer: try await fixture.prices.signIn("anna"))
      #expect(settled.json["state"] == "settled", "\(settled.text)")
    }
  }

  @Test func `a notice that never comes is made good by the reconciler`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let id = fixture.key(1)
      _ = try await fixture.pay(["package": "starter"], key: id, bearer: anna)
      fixture.confirm()
      fixture.prices.authentication.advance(.seconds(61))
      _ = await PaymentReconciler(fixture.payments).reconcile()
      #expect(try await fixture.look(id, bearer: anna).json["state"] == "settled")
      #expect(try await fixture.posted("citizen:anna") == 10_000)
    }
  }

  @Test func `an intent that nobody pays is canceled at Stripe first, and then its ducats are released`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      _ = try await fixture.pay(["package": "starter"], key: fixture.key(1), bearer: anna)
      #expect(try await fixture.holds() > 0)
      fixture.prices.authentication.advance(.seconds(3700))
      fixture.stripe.setFaults { _ in .status(500) }
      _ = await PaymentReconciler(fixture.payments).reconcile()
      #expect(try await fixture.holds() > 0, "Stripe hasn't confirmed")
      fixture.stripe.setFaults { _ in nil }
      _ = await PaymentReconciler(fixture.payments).reconcile()
      #expect(fixture.stripe.intents.first?.status == .canceled)
      #expect(try await fixture.holds() == 0)
      #expect(try await fixture.posted("reserve:ducats") == 100_000_000)
    }
  }

  @Test func `under faults from a seed every payment ends settled, once`() async throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("fault seed \(seed)")
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      fixture.stripe.setFaults(FakeStripe.seededFaults(seed: seed, oneIn: 3))
      for number in 1...10 {
        _ = try await insist(fixture, fixture.key(UInt64(number)), anna, times: 60)
      }
      _ = try await fixture.deliver()
      fixture.stripe.setFaults { _ in nil }
      fixture.prices.authentication.advance(.seconds(3600))
      _ = await PaymentReconciler(fixture.payments).reconcile()
      #expect(try await fixture.posted("citizen:anna") == 100_000, "seed \(seed)")
      #expect(fixture.stripe.intents.count == 10, "seed \(seed)")
      #expect(try await fixture.posted("clearing:stripe") == 0, "seed \(seed)")
    }
  }
}
