import Commerce
import Core
import Cryptography
import Decisions
@testable import Server
import StandIns
import Testing

/// Stripe's notices over HTTP: the table of the contract, row by row.
struct PaymentWebhookTests {
  /// A payment that was paid, and the notice of it, which nobody has heard of yet.
  private func paid(
    _ body: (PaymentFixture, _ id: Identifier, _ event: PaymentEvent, _ anna: String) async throws -> Void
  ) async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let opened = try await fixture.pay(["package": "starter"], key: fixture.key(1), bearer: anna)
      #expect(opened.status == 201, "\(opened.text)")
      fixture.confirm()
      let event = try #require(fixture.stripe.newEvents().first { $0.type == "payment_intent.succeeded" })
      try await body(fixture, fixture.key(1), event, anna)
    }
  }

  private func state(_ fixture: PaymentFixture, _ id: Identifier, _ anna: String) async throws -> JSON? {
    try await fixture.look(id, bearer: anna).json["state"]
  }

  @Test func `a valid one is stored once and processed once`() async throws {
    try await paid { fixture, id, event, anna in
      let first = try await fixture.deliver(event)
      #expect(first.status == 200 && first.json["outcome"] == "processed", "\(first.text)")
      let again = try await fixture.deliver(event)
      #expect(again.status == 200 && again.json["outcome"] == "repeated", "\(again.text)")
      var other = event
      other.id = "evt_other"
      #expect(try await fixture.deliver(other).status == 200, "another notice of the same state")
      #expect(try await state(fixture, id, anna) == "settled")
      #expect(try await fixture.posted("citizen:anna") == 10_000)
      #expect(fixture.alarms.isEmpty)
    }
  }

  @Test func `what isn't signed by Stripe is answered 400, and nothing is done`() async throws {
    try await paid { fixture, id, event, anna in
      let body = WebhookForge.body(event)
      let seconds = fixture.prices.authentication.now() / 1000
      let code = fixture.forge.code(body, at: seconds)
      let right = fixture.forge.signature(body, at: seconds)
      let other = WebhookForge(secret: Secret("whsec_other".utf8)).signature(body, at: seconds)
      let again = Array(try JSON(parsing: body).prettyText.utf8)
      let forged: [(String, [UInt8], String?)] = [
        ("no header", body, nil), ("an empty header", body, ""), ("two t", body, "t=\(seconds),\(right)"),
        ("no v1", body, "t=\(seconds)"), ("only v0", body, "t=\(seconds),v0=\(code)"),
        ("odd digits", body, "t=\(seconds),v1=\(code.dropLast())"),
        ("upper case", body, "t=\(seconds),v1=\(code.uppercased())"), ("another secret", body, other),
        ("one byte more", body + [10], right), ("printed again", again, right),
        ("another time", body, "t=\(seconds - 1),v1=\(code)"), ("no digits", body, "t=now,v1=\(code)"),
      ]
      for (name, body, signature) in forged {
        let reply = try await fixture.post(body, signature)
        #expect(reply.status == 400 && reply.json["code"] == "malformed_request", "\(name): \(reply.text)")
        #expect(reply.json["reason"] != nil && !reply.text.contains(code), "\(name)")
      }
      #expect(try await state(fixture, id, anna) == "open")
      #expect(try await fixture.posted("citizen:anna") == 0)
    }
  }

  @Test(arguments: [(-299, 200), (299, 200), (-301, 400), (301, 400)] as [(Int64, Int)])
  func `a signature holds for 300 seconds in both directions`(offset: Int64, status: Int) async throws {
    try await paid { fixture, _, event, _ in
      let body = WebhookForge.body(event)
      let seconds = fixture.prices.authentication.now() / 1000 + offset
      let reply = try await fixture.post(body, fixture.forge.signature(body, at: seconds))
      #expect(reply.status == status, "\(reply.text)")
    }
  }

  @Test func `while a secret is changed, the second of two signatures may hold`() async throws {
    try await paid { fixture, id, event, anna in
      let body = WebhookForge.body(event)
      let seconds = fixture.prices.authentication.now() / 1000
      let code = fixture.forge.code(body, at: seconds)
      let wrong = String(repeating: "0", count: 64)
      let reply = try await fixture.post(body, "t=\(seconds),v1=\(wrong),v1=\(code)")
      #expect(reply.status == 200, "\(reply.text)")
      #expect(try await state(fixture, id, anna) == "settled")
    }
  }

  @Test func `a body over 1 MiB is refused before it is hashed`() async throws {
    try await paid { fixture, _, _, _ in
      let large = [UInt8](repeating: 32, count: (1 << 20) + 1)
      let seconds = fixture.prices.authentication.now() / 1000
      #expect(try await fixture.post(large, fixture.forge.signature(large, at: seconds)).status == 413)
      let whole = [UInt8](repeating: 32, count: 1 << 20)
      let reply = try await fixture.post(whole, fixture.forge.signature(whole, at: seconds))
      #expect(reply.status == 400 && reply.json["reason"] == "malformed_event", "signed, but no event")
    }
  }

  @Test func `an unknown type, and an event of the other mode, are answered 200 and ignored`() async throws {
    try await paid { fixture, id, event, anna in
      var unknown = event
      unknown.type = "payment_intent.something_new"
      var live = event
      live.livemode = true
      for event in [unknown, live] {
        let reply = try await fixture.deliver(event)
        #expect(reply.status == 200 && reply.json["outcome"] == "ignored", "\(reply.text)")
      }
      #expect(try await state(fixture, id, anna) == "open", "ignored is ignored")
    }
  }

  @Test func `a known id with another body: the first is kept, and an alarm is raised`() async throws {
    try await paid { fixture, _, event, _ in
      _ = try await fixture.deliver(event)
      var other = event
      other.created += 1
      let reply = try await fixture.deliver(other)
      #expect(reply.status == 200 && reply.json["outcome"] == "conflicting", "\(reply.text)")
      #expect(fixture.alarms == [.conflictingEvent])
    }
  }

  @Test(arguments: ["amount", "currency", "metadata", "mode"])
  func `what was paid otherwise than asked is not posted, and raises an alarm`(what: String) async throws {
    try await paid { fixture, id, event, anna in
      fixture.stripe.act { book, _ in
        book.change(event.objectID) { intent in
          switch what {
          case "amount": intent.amountReceived -= 1
          case "currency": intent.currency = "eur"
          case "metadata": intent.metadata["ducats"] = "9999.00"
          default: intent.livemode = true
          }
        }
      }
      let reply = try await fixture.deliver(event)
      #expect(reply.status == 200, "\(reply.text)")
      #expect(try await state(fixture, id, anna) == "open")
      #expect(try await fixture.posted("citizen:anna") == 0)
      #expect(try await fixture.posted("clearing:stripe") == 0)
      let expected: [String: PaymentAlarm.Code] = [
        "amount": .wrongAmount, "currency": .wrongCurrency, "metadata": .wrongMetadata, "mode": .wrongMode,
      ]
      #expect(fixture.alarms.first == expected[what])
    }
  }

  @Test func `a notice from another account is not acted on, and raises an alarm`() async throws {
    try await paid { fixture, id, event, anna in
      var foreign = event
      foreign.account = "acct_other"
      let reply = try await fixture.deliver(foreign)
      #expect(reply.json["outcome"] == "ignored", "\(reply.text)")
      #expect(fixture.alarms == [.wrongAccount])
      #expect(try await state(fixture, id, anna) == "open")
    }
  }

  @Test func `late, repeated and reordered notices among forgeries settle each payment once`() async throws {
    let seed = SecureRandom.word()
    print("storm seed \(seed)")
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      for number in 1...8 {
        let method = number % 4 == 0 ? "pm_card_chargeDeclined" : "pm_card_visa"
        let body: JSON = ["package": "starter", "payment_method": .string(method)]
        let reply = try await fixture.pay(body, key: fixture.key(UInt64(number)), bearer: anna)
        #expect(reply.status == 201, "\(reply.text)")
      }
      let seconds = fixture.prices.authentication.now() / 1000
      let events = fixture.stripe.newEvents()
      for delivery in fixture.forge.storm(events, intent: { _ in nil }, at: seconds, seed: seed) {
        let reply = try await fixture.post(delivery.body, delivery.signature)
        #expect(reply.status == (delivery.isForged ? 400 : 200), "seed \(seed)")
      }
      #expect(try await fixture.posted("citizen:anna") == 60_000, "six of eight, seed \(seed)")
      #expect(try await fixture.posted("clearing:stripe") == 0)
      #expect(fixture.alarms.isEmpty)
    }
  }

  @Test func `a refund and a lost dispute take back what was given`() async throws {
    try await paid { fixture, id, event, anna in
      _ = try await fixture.deliver(event)
      fixture.stripe.act { book, now in _ = book.dispute(event.objectID, at: now) }
      try await fixture.deliver()
      let taken = try await fixture.look(id, bearer: anna)
      #expect(taken.json["reversed"] == ["asset": "USD/2", "minor": 1_000], "\(taken.text)")
      #expect(try await fixture.posted("citizen:anna") == 0)
      #expect(try await fixture.posted("reserve:ducats") == 100_000_000)
    }
  }

  @Test func `a part given back leaves nothing on a clearing account that was renamed since`() async throws {
    try await PaymentFixture.run { fixture in
      let anna = try await fixture.prices.signIn("anna")
      let (id, amount): (Identifier, JSON) = (fixture.key(1), "123.40 DUC/2")
      let opened = try await fixture.pay(["amount": amount], key: id, bearer: anna)
      #expect(opened.json["charge"] == ["asset": "USD/2", "minor": 1_265], "12.34 and 2.5 %: \(opened.text)")
      fixture.confirm()
      try await fixture.deliver()
      try await fixture.prices.install(
        2, ["policies/payments.lua": { $0.replacing("\"clearing:stripe\"", with: "\"clearing:second\"") }])
      for (part, reversed) in [(333, 333), (1, 334), (500, 834)] as [(Int64, Int64)] {
        fixture.stripe.act { book, now in
          for intent in book.intents { book.giveBack(intent.id, amount: part, at: now) }
        }
        try await fixture.deliver()
        let taken = try await fixture.look(id, bearer: anna)
        #expect(taken.json["reversed"] == ["asset": "USD/2", "minor": .integer(reversed)], "\(taken.text)")
        #expect(try await fixture.posted("clearing:stripe") == 0)
        #expect(try await fixture.posted("clearing:second") == 0)
        let kept = try await fixture.posted("bridge:dollars") + fixture.posted("fees:bridge")
        #expect(kept == 10_000_000 + 1_265 - reversed)
      }
      #expect(fixture.alarms.isEmpty)
    }
  }
}
