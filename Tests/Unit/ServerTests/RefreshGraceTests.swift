import Citizens
import Core
@testable import Server
import Testing

/// Two tabs of a browser, and who isn't one of them.
struct RefreshGraceTests {
  private let directory = ChangingDirectory()
  private let fixture: AuthenticationFixture
  private let alice: CitizenKey
  private var authentication: CitizenAuthentication { fixture.authentication }

  init() throws {
    fixture = try AuthenticationFixture(directory)
    alice = try CitizenKey()
    directory.put("alice", .citizen(Citizen(username: "alice", socialClass: "Popolani", wallet: alice.wallet)))
  }

  private func signIn() async throws -> String {
    try #require(try await fixture.signIn("alice", alice.key).json["refresh_token"]?.string)
  }

  private func refresh(_ token: String, by client: String?) async throws -> (access: String, refresh: String) {
    let json = try await authentication.refresh(token, by: client).json
    return (try #require(json["access_token"]?.string), try #require(json["refresh_token"]?.string))
  }

  private func expectRefused(_ token: String, by client: String?) async {
    await #expect(throws: AuthenticationRefusal.self) { try await refresh(token, by: client) }
  }

  @Test func `the same client may send a token again and is given the same next one`() async throws {
    let first = try await signIn()
    let tabs = [
      try await refresh(first, by: "a"), try await refresh(first, by: "a"), try await refresh(first, by: "a"),
    ]
    #expect(Set(tabs.map(\.refresh)).count == 1 && Set(tabs.map(\.access)).count == 3)
    for tab in tabs { _ = try authentication.verify(tab.access) }
    let next = try await refresh(tabs[1].refresh, by: "a")
    #expect(next.refresh != tabs[0].refresh)
    // A sign-out ends what every tab was given.
    try await authentication.signOut(access: next.access)
    for access in tabs.map(\.access) + [next.access] {
      #expect(throws: AuthenticationRefusal.self) { try authentication.verify(access) }
    }
    await expectRefused(next.refresh, by: "a")
  }

  @Test func `many tabs at the same moment all go on`() async throws {
    let first = try await signIn()
    let given = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { try await refresh(first, by: "a").refresh } }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(given.count == 1)
    _ = try await refresh(try #require(given.first), by: "b")
  }

  @Test func `once the new token was used, the old one ends the session`() async throws {
    let first = try await signIn()
    let second = try await refresh(first, by: "a")
    let third = try await refresh(second.refresh, by: "a")
    await expectRefused(first, by: "a")
    for token in [second.refresh, third.refresh] { await expectRefused(token, by: "a") }
    for access in [second.access, third.access] {
      #expect(throws: AuthenticationRefusal.self) { try authentication.verify(access) }
    }
  }

  @Test(
    arguments: [("a", "b"), ("a", nil), (nil, "a"), (nil, nil), ("Jos\u{E9}", "Jose\u{301}")] as [(String?, String?)])
  func `another client with an old token ends the session, and so does one that isn't known`(
    first: String?, second: String?
  ) async throws {
    let token = try await signIn()
    let issued = try await refresh(token, by: first)
    await expectRefused(token, by: second)
    await expectRefused(issued.refresh, by: first)
    #expect(throws: AuthenticationRefusal.self) { try authentication.verify(issued.access) }
  }

  @Test func `ten seconds are the grace, and no more`() async throws {
    let token = try await signIn()
    let issued = try await refresh(token, by: "a")
    fixture.advance(.seconds(10))
    #expect(try await refresh(token, by: "a").refresh == issued.refresh)
    fixture.advance(.milliseconds(1))
    await expectRefused(token, by: "a")
    await expectRefused(issued.refresh, by: "a")
  }

  @Test func `by a clock that goes back nobody repeats anything`() async throws {
    let token = try await signIn()
    _ = try await refresh(token, by: "a")
    fixture.advance(.seconds(-1))
    await expectRefused(token, by: "a")
  }

  @Test func `a token of another session is not in question`() async throws {
    let (one, other) = (try await signIn(), try await signIn())
    let issued = [try await refresh(one, by: "a"), try await refresh(other, by: "a")]
    #expect(issued[0].refresh != issued[1].refresh)
    #expect(try await refresh(one, by: "a").refresh == issued[0].refresh)
    #expect(try await refresh(other, by: "a").refresh == issued[1].refresh)
  }
}
