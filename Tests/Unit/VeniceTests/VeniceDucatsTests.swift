import Commerce
import Core
import StandIns
import Testing

@testable import Venice

/// Ducats on their way to Venice: once, however often they are sent.
struct VeniceDucatsTests {
  private static let id = Identifier(milliseconds: 1_700_000_000_000, random: (1, 2))

  private let asset: Asset

  init() throws { asset = try #require(Asset("DUC/2")) }

  private func credit(_ minor: Int64 = 12_345, to citizen: String = "alice") -> DucatCredit {
    DucatCredit(payment: Self.id, citizen: citizen, ducats: Amount(minor, asset))
  }

  private func with(
    limits: VeniceLimits = VeniceLimits(), _ body: (StandInVenice, VeniceDucats, ManualInstant) async throws -> Void
  ) async throws {
    let venice = try await StandInVenice()
    venice.put("alice")
    let time = ManualInstant()
    let ducats = VeniceDucats(
      try HTTPTransport(baseURL: venice.baseURL, key: nil, limits: limits), limits: limits, now: { time.now })
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(venice, ducats, time)) } catch { outcome = .failure(error) }
    await ducats.close()
    await venice.stop()
    try outcome.get()
  }

  private func failure(_ ducats: VeniceDucats, _ credit: DucatCredit) async -> DucatSenderError? {
    do throws(DucatSenderError) {
      _ = try await ducats.send(credit)
      return nil
    } catch { return error }
  }

  @Test func `a credit is acknowledged, and again when it is sent again, and moves ducats once`() async throws {
    try await with { venice, ducats, _ in
      let receipts = [try await ducats.send(credit()), try await ducats.send(credit())]
      #expect(receipts.map(\.id) == [Self.id, Self.id])
      #expect(receipts.map(\.isRepeated) == [false, true])
      let transfer = VeniceTransfer(
        id: "transfer_ducats_\(Self.id)", payer: "CASCADE_PAYMENT_PROCESSOR", payee: "alice", ducats: 123.45)
      #expect(venice.transfers == [transfer])
      #expect(venice.requests == ["/api/stratagems/try-create", "/api/stratagems/try-create"])
      #expect(Set(venice.bodies).count == 1, "the same bytes each time")
    }
  }

  @Test func `the amount is written digit by digit, and names are quoted`() async throws {
    for (minor, text) in [(1, "0.01"), (100, "1.00"), (999_999_999_999_999_999, "9999999999999999.99")] {
      let body = try VeniceDucats.body(credit(Int64(minor), to: #"a"b"#), payer: "p\\q")
      let written = String(decoding: body, as: UTF8.self)
      #expect(written.contains(#""amount":\#(text),"#), "\(written)")
      let json = try JSON(parsing: body)
      #expect(json["citizenUsername"] == "p\\q" && json["stratagemDetails"]?["targetCitizenUsername"] == #"a"b"#)
    }
    #expect(throws: DucatSenderError.self) { try VeniceDucats.body(credit(0), payer: "p") }
  }

  @Test func `a lost reply leaves it open, and the next sending is known`() async throws {
    try await with { venice, ducats, _ in
      venice.answer(.replyLost)
      #expect(await failure(ducats, credit())?.code == .unavailable)
      #expect(venice.transfers.count == 1, "it was done")
      venice.answer(.usual)
      let receipt = try await ducats.send(credit())
      #expect(receipt.isRepeated)
      #expect(venice.transfers.count == 1)
    }
  }

  @Test(arguments: [
    StandInVenice.Mode.failing(500), .failing(502), .failing(503), .failing(429), .failing(401), .failing(403),
    .failing(302), .raw("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"),
    .raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"), .raw("nonsense\r\n\r\n"), .fallback, .demo,
  ])
  func `what settles nothing is sent again later`(mode: StandInVenice.Mode) async throws {
    try await with { venice, ducats, _ in
      venice.answer(mode)
      #expect(await failure(ducats, credit())?.code == .unavailable)
      venice.answer(.usual)
      // A connection that Venice has closed may be noticed by the next sending only: that settles nothing either.
      var receipt = try? await ducats.send(credit())
      if receipt == nil { receipt = try await ducats.send(credit()) }
      #expect(receipt?.id == Self.id)
    }
  }

  @Test func `silence and a half answer end with the time that was given`() async throws {
    var limits = VeniceLimits()
    limits.total = .milliseconds(150)
    try await with(limits: limits) { venice, ducats, _ in
      for mode in [StandInVenice.Mode.hanging, .trickling] {
        venice.answer(mode)
        #expect(await failure(ducats, credit())?.code == .unavailable)
      }
    }
  }

  @Test func `what Venice refuses is refused for good, with its reason`() async throws {
    try await with { venice, ducats, _ in
      let unknown = await failure(ducats, credit(to: "ghost"))
      #expect(unknown?.code == .refused && unknown?.message.contains("'ghost' not found") == true)
      _ = try await ducats.send(credit())
      #expect(await failure(ducats, credit(99))?.code == .refused, "the id stands for another amount")
      for body in [#"{"success":false,"error":"insufficient funds"}"#, "{}"] {
        // It closes behind an answer of this form, and says so: an unsaid end may be met by the next sending.
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        venice.answer(.raw(head + body))
        #expect(await failure(ducats, credit())?.code == .refused)
      }
    }
  }

  @Test func `a Venice that gives the transfer a name of its own is not asked twice`() throws {
    let answer = { (status: Int, text: String) in VeniceResponse(status: status, body: Array(text.utf8)) }
    let credit = self.credit()
    let other = answer(200, #"{"success":true,"stratagemId":"transfer_ducats_a_b_1"}"#)
    #expect(throws: DucatSenderError.self) { try VeniceDucats.receipt(other, for: credit) }
    let silent = answer(201, #"{"success":true}"#)
    #expect(try VeniceDucats.receipt(silent, for: credit) == DucatReceipt(id: credit.id, isRepeated: false))
    let known = answer(409, #"{"success":false,"stratagemId":"\#(VeniceDucats.name(of: credit))"}"#)
    #expect(try VeniceDucats.receipt(known, for: credit).isRepeated)
    #expect(throws: DucatSenderError.self) {
      try VeniceDucats.receipt(answer(409, #"{"success":false}"#), for: credit)
    }
  }

  @Test func `how long Venice wants to be left alone is told`() throws {
    let response = VeniceResponse(status: 429, body: Array("{}".utf8), retryAfterSeconds: 30)
    let credit = self.credit()
    do throws(DucatSenderError) {
      _ = try VeniceDucats.receipt(response, for: credit)
      Issue.record("no error")
    } catch { #expect(error.retryAfter == .seconds(30)) }
  }

  @Test func `after failures in a row Venice is left alone, and a refusal is no failure`() async throws {
    try await with { venice, ducats, time in
      for _ in 0..<10 { #expect(await failure(ducats, credit(to: "ghost"))?.code == .refused) }
      venice.answer(.failing(500))
      for _ in 0..<5 { _ = await failure(ducats, credit()) }
      let asked = venice.requests.count
      #expect(await failure(ducats, credit())?.retryAfter == .seconds(15))
      #expect(venice.requests.count == asked, "nothing was sent")
      time.advance(.seconds(15))
      venice.answer(.usual)
      let receipt = try await ducats.send(credit())
      #expect(receipt.id == Self.id)
    }
  }

  @Test func `where nobody listens nothing was sent`() async throws {
    let venice = try await StandInVenice()
    let base = venice.baseURL
    await venice.stop()
    let ducats = VeniceDucats(try HTTPTransport(baseURL: base, key: nil))
    #expect(await failure(ducats, credit())?.code == .unavailable)
    await ducats.close()
  }
}
