import Citizens
import Core
import StandIns
import Testing
import TrustGraph

@testable import Venice

/// The traps of Venice's API, over a socket.
struct VeniceTrapTests {
  @Test func `a citizen comes with class, ducats, influence and wallet`() async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.put(
      "alice", ["socialClass": "Nobili", "ducats": .double(12.5), "influence": 501, "isAI": true, "wallet": "W"])
    fixture.venice.put("bob", ["isAi": true])
    let alice = await fixture.client.citizen(named: "alice").citizen
    #expect(
      alice
        == Citizen(
          username: "alice", socialClass: "Nobili", ducats: .double(12.5), influence: 501, isAI: true, wallet: "W"))
    let bob = await fixture.client.citizen(named: "bob").citizen
    #expect(bob == Citizen(username: "bob", isAI: true))
    await fixture.stop()
  }

  @Test func `an unknown citizen is not found by 404, and not found by the null that follows`() async throws {
    let fixture = try await VeniceFixture()
    #expect(await fixture.client.citizen(named: "nobody", .fresh) == .notFound)
    // Kept, also for who asks for a fresh answer.
    #expect(await fixture.client.citizen(named: "nobody", .fresh) == .notFound)
    #expect(fixture.venice.requests.count == 1)
    // But not for who asks for a proof's sake: the time of the answer would tell.
    for _ in 0..<2 { #expect(await fixture.client.citizen(named: "nobody", .anew) == .notFound) }
    #expect(fixture.venice.requests.count == 3)
    fixture.advance(.seconds(300))
    #expect(await fixture.client.citizen(named: "nobody", .fresh) == .notFound)
    #expect(fixture.venice.requests.count == 4)
    await fixture.stop()
  }

  @Test func `invented people and samples are unavailable, never citizens`() async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.answer(.fallback)
    #expect(await fixture.client.citizen(named: "alice").reason == "the answer is invented: it says _fallback")
    await #expect(throws: DirectoryUnavailable.self) { try await fixture.client.relationships() }
    await #expect(throws: DirectoryUnavailable.self) { try await fixture.client.relationship(between: "a", and: "b") }
    fixture.venice.answer(.demo)
    #expect(await fixture.client.citizen(named: "alice").reason == "the answer is invented: it says isDemo")
    fixture.venice.answer(.usual)
    fixture.venice.put("alice", ["isDemo": true])
    #expect(await fixture.client.citizen(named: "alice").reason == "the answer is invented: it says isDemo")
    await fixture.stop()
  }

  @Test(arguments: ["absent", "false", "null", "text"])
  func `who is not in Venice is told apart`(form: String) async throws {
    let fixture = try await VeniceFixture()
    let value: JSON? = ["absent": nil, "false": false, "null": .null, "text": "true"][form] ?? nil
    fixture.venice.put("alice", ["inVenice": value ?? false, "wallet": "W"])
    #expect(
      await fixture.client.citizen(named: "alice") == .notInVenice(Citizen(username: "alice", wallet: "W")))
    await fixture.stop()
  }

  @Test func `an answer about somebody else is no answer`() async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.put("alice", ["username": "Alice"])
    #expect(await fixture.client.citizen(named: "alice") == .notFound)
    await fixture.stop()
  }

  @Test(arguments: ["a b", "a/b", "a?b=c", "ä%2F", "..", ".", ""])
  func `any name is asked for as one part of the path, or not at all`(name: String) async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.put(name)
    let found = await fixture.client.citizen(named: name).citizen?.username == name
    let isPath = ["", ".", ".."].contains(name)
    #expect(found == !isPath)
    #expect(fixture.venice.requests.count == (isPath ? 0 : 1))
    #expect(fixture.venice.requests.allSatisfy { $0.hasPrefix("/api/citizens/") && !$0.dropFirst(14).contains("/") })
    await fixture.stop()
  }

  @Test func `exactly a hundred relationships mean that there may be more`() async throws {
    let fixture = try await VeniceFixture()
    for number in 0..<99 { fixture.venice.relate("a", "b\(number)", trust: 60, strength: .integer(Int64(number % 7))) }
    var list = try await fixture.client.relationships()
    #expect(list.relationships.count == 99 && !list.isTruncated)
    for number in 99..<120 { fixture.venice.relate("a", "b\(number)", trust: .double(99.94), strength: 50) }
    fixture.advance(.seconds(300))
    list = try await fixture.client.relationships()
    #expect(list.relationships.count == 100 && list.isTruncated)
    #expect(list.relationships.first?.strength == 50)
    await fixture.stop()
  }

  @Test func `a pair is asked for with the smaller name first, whatever the order`() async throws {
    let fixture = try await VeniceFixture()
    fixture.venice.relate("Zoe", "alice", trust: .null, strength: 3)
    for (first, second) in [("alice", "Zoe"), ("Zoe", "alice")] {
      let row = try await fixture.client.relationship(between: first, and: second)
      #expect(row?.citizen1 == "Zoe" && row?.trust == nil && row?.strength == 3)
    }
    #expect(fixture.venice.requests == ["/api/relationships?citizen1=Zoe&citizen2=alice"])
    #expect(try await fixture.client.relationship(between: "alice", and: "bob") == nil)
    await fixture.stop()
  }
}
