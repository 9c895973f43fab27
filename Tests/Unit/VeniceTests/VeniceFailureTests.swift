import Citizens
import Core
import Cryptography
import StandIns
import Testing

@testable import Venice

/// Failures on the way, and what keeps them from spreading.
struct VeniceFailureTests {
  @Test func `a question that is part of a trace says so, and no other does`() async throws {
    let fixture = try await VeniceFixture()
    let trace = try #require(TraceContext(traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"))
    _ = await fixture.client.citizen(named: "alice")
    _ = await Correlation.$current.withValue(Correlation(id: .made(), received: trace)) {
      await fixture.client.citizen(named: "bob")
    }
    #expect(fixture.venice.traces.first == .some(nil) && fixture.venice.traces.last == trace.description)
    await fixture.stop()
  }

  @Test(arguments: [500, 502, 503, 429, 401, 403, 302])
  func `a status that is no answer is unavailable`(status: Int) async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.put("alice")
    fixture.venice.answer(.failing(status))
    #expect(await fixture.client.citizen(named: "alice").reason == "Venice answered with status \(status)")
    fixture.venice.answer(.usual)
    #expect(await fixture.client.citizen(named: "alice").citizen != nil, "a failure is not kept")
    await fixture.stop()
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n{\"success\":true,\"citizen\":{\"username\":\"alice\"",
    "HTTP/1.1 404 Not Found\r\n\r\n<html>", "HTTP/1.1 200 OK\r\n\r\n[]", "HTTP/1.1 200 OK\r\n\r\n{\"success\":false}",
    "HTTP/1.1 200 OK\r\n\r\n{\"success\":true,\"citizen\":7}",
    "HTTP/1.1 200 OK\r\n\r\n{\"success\":true,\"citizen\":{\"username\":\"alice\",\"inVenice\":true,\"wallet\":[]}}",
    "HTTP/1.1 200 OK\r\n\r\n{\"success\":true,\"citizen\":null,\"citizen\":{\"username\":\"alice\",\"inVenice\":true}}",
    "HTTP/1.1 404 Gone\r\n\r\n{\"success\":true,\"citizen\":{\"username\":\"alice\",\"inVenice\":true}}",
    "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}", "nonsense\r\n\r\n",
  ])
  func `an answer of another form is unavailable`(raw: String) async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.answer(.raw(raw))
    #expect(await fixture.client.citizen(named: "alice").reason != nil)
    await fixture.stop()
  }

  @Test func `silence and a half answer end with the time that was given`() async throws {
    var limits = VeniceLimits()
    limits.total = .milliseconds(150)
    let fixture = try await VeniceFixture(limits: limits)
    for mode in [StandInVenice.Mode.hanging, .trickling] {
      fixture.venice.answer(mode)
      #expect(await fixture.client.citizen(named: "alice").reason != nil)
    }
    await fixture.stop()
  }

  @Test func `a body over the limit is unavailable`() async throws {
    var limits = VeniceLimits()
    limits.bodyBytes = 100
    let fixture = try await VeniceFixture(limits: limits)
    fixture.venice.put("alice", ["firstName": .string(String(repeating: "a", count: 100))])
    #expect(await fixture.client.citizen(named: "alice").reason == "the answer is over 100 bytes")
    await fixture.stop()
  }

  @Test func `where nobody listens Venice is unavailable`() async throws {
    let fixture = try await VeniceFixture()
    await fixture.venice.stop()
    #expect(await fixture.client.citizen(named: "alice").reason != nil)
    await fixture.client.close()
  }

  @Test func `an answer is kept for 300 seconds, and a fresh one is asked for when wanted`() async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.put("alice", ["socialClass": "Popolani"])
    _ = await fixture.client.citizen(named: "alice")
    fixture.venice.put("alice", ["socialClass": "Nobili"])
    fixture.advance(.seconds(299))
    #expect(await fixture.client.citizen(named: "alice").citizen?.socialClass == "Popolani")
    #expect(await fixture.client.citizen(named: "alice", .fresh).citizen?.socialClass == "Nobili")
    #expect(await fixture.client.citizen(named: "alice").citizen?.socialClass == "Nobili", "and then kept")
    #expect(fixture.venice.requests.count == 2)
    fixture.advance(.seconds(300))
    _ = await fixture.client.citizen(named: "alice")
    #expect(fixture.venice.requests.count == 3)
    await fixture.stop()
  }

  @Test func `those who ask the same at the same time share one request`() async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.put("alice")
    fixture.venice.answer(.held)
    let client = fixture.client
    async let first = client.citizen(named: "alice", .fresh)
    try await fixture.venice.waitForRequests(1)
    async let others = withTaskGroup(of: CitizenLookup.self) { group in
      for _ in 0..<20 { group.addTask { await client.citizen(named: "alice", .fresh) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    // Whoever comes after the release has the answer asked anew; nobody can come between.
    while client.joined < 20 { try await Task.sleep(for: .milliseconds(2)) }
    fixture.venice.release()
    #expect(await first.citizen?.username == "alice")
    #expect(await others.allSatisfy { $0.citizen?.username == "alice" })
    #expect(fixture.venice.requests.count == 1)
    await fixture.stop()
  }

  @Test func `after failures in a row Venice is left alone, until one question tries`() async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.put("alice")
    fixture.venice.answer(.failing(500))
    for number in 0..<5 { _ = await fixture.client.citizen(named: "c\(number)") }
    let lookup = await fixture.client.citizen(named: "alice")
    #expect(lookup == .unavailable(DirectoryUnavailable("Venice failed; the host asks again later", retrySeconds: 15)))
    #expect(fixture.venice.requests.count == 5)
    fixture.advance(.seconds(15))
    #expect(await fixture.client.citizen(named: "alice").reason == "Venice answered with status 500")
    #expect(await fixture.client.citizen(named: "alice").reason == "Venice failed; the host asks again later")
    fixture.venice.answer(.usual)
    fixture.advance(.seconds(15))
    #expect(await fixture.client.citizen(named: "alice").citizen != nil)
    #expect(await fixture.client.citizen(named: "bob") == .notFound)
    await fixture.stop()
  }

  @Test func `more questions than may wait are not asked`() async throws {
    var limits = VeniceLimits()
    limits.questions = 1
    let fixture = try await VeniceFixture(limits: limits)
    fixture.venice.put("alice")
    fixture.venice.answer(.held)
    let client = fixture.client
    async let first = client.citizen(named: "alice")
    try await fixture.venice.waitForRequests(1)
    #expect(await client.citizen(named: "bob").reason == "1 questions wait already")
    fixture.venice.release()
    #expect(await first.citizen != nil)
    await fixture.stop()
  }

  @Test func `the key goes with each request, and never in plain text over a network`() async throws {
    let fixture = try await VeniceFixture(key: "k-1")
    _ = await fixture.client.citizen(named: "alice")
    #expect(fixture.venice.authorizations == ["Bearer k-1"])
    await fixture.stop()
    let key = Secret("k-1".utf8)
    #expect(throws: VeniceFailure.self) { try HTTPTransport(baseURL: "http://venice.example/api", key: key) }
    for base in ["ftp://a", "https://", "https://u:p@a", "https://a/?q", "https://a/#f", "a.example", "https://a b"] {
      #expect(throws: VeniceFailure.self, "\(base)") { try HTTPTransport(baseURL: base, key: nil) }
    }
  }
}
