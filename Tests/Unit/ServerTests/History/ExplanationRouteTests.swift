import Core
import Decisions
import Foundation
import HTTPTypes
import Hummingbird
import Rulebook
import Testing

@testable import Server

/// The route `/v1/records/{id}/explanation`.
struct ExplanationRouteTests {
  @Test func `a recorded decision is explained as it is asked for`() async throws {
    let fixture = try HistoryFixture()
    try await fixture.decide(7)
    let id = fixture.records[6].id
    let why = try await fixture.ask("GET", "/v1/records/\(id)/explanation").json
    #expect(why["as"] == "why" && why["record"] == .string(id.description) && why["answer"]?["fee"] == 21)
    #expect(why["policies"]?.array?.contains { $0["name"] == "factor" && $0["value"] == "3" } == true)
    let counter = try await fixture.ask("GET", "/v1/records/\(id)/explanation?as=counter").json
    #expect(
      counter["counter"]?.array?.contains { $0["input"] == "/value" && $0["from"] == 101 } == true, "\(counter.text)")
    #expect(
      try await fixture.ask("GET", "/v1/records/\(id)/explanation?as=lines").json["lines"]?.array?.isEmpty == false)
    #expect(try await fixture.ask("GET", "/v1/records/\(id)/explanation?as=tree").json["calls"]?.array?.count == 1)
    await fixture.log.close()
  }

  @Test func `what can't be explained says why`() async throws {
    let fixture = try HistoryFixture()
    try await fixture.decide(1)
    let id = fixture.records[0].id
    #expect(try await fixture.ask("GET", "/v1/records/\(id)/explanation?as=song").status == 422)
    #expect(try await fixture.ask("GET", "/v1/records/none/explanation").status == 404)
    let other = Identifier(high: id.high, low: id.low ^ 1)
    #expect(try await fixture.ask("GET", "/v1/records/\(other)/explanation").status == 404)
    var forged = fixture.records[0]
    forged.id = other
    forged.result = ["fee": 1]
    #expect(await fixture.log.append(forged))
    var gone = forged
    gone.id = Identifier(high: id.high, low: id.low ^ 2)
    gone.digest = "sha256:" + String(repeating: "0", count: 64)
    #expect(await fixture.log.append(gone))
    for id in [forged.id, gone.id] {
      let reply = try await fixture.ask("GET", "/v1/records/\(id)/explanation")
      #expect(reply.status == 409 && reply.json["reason"] == "not_explained", "\(reply.text)")
    }
    await fixture.log.close()
  }
}
