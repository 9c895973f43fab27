import Core
import TestSupport
import Testing

/// A reader of the stream that comes back to another host.
struct ClusterStreamTests {
  private let cluster: ClusterFixture
  private let authorization: [String]

  init() throws {
    cluster = try ClusterFixture()
    authorization = try cluster.authorization()
  }

  private func decided(_ host: RunningServer) throws -> String {
    try #require(try host.decide("probe.balance", "{}")["decision_id"]?.string)
  }

  /// Reads a host's decisions behind an id until these are told, which must be all; the id of the last one, and what
  /// the stream said at its beginning.
  private func read(_ ids: [String], at host: RunningServer, after id: String) async throws -> (id: String, hello: JSON)
  {
    let reader = try StreamReader("decisions", of: host, as: authorization, in: cluster.scratch, after: id)
    defer { reader.stop() }
    func told() -> [String] { reader.events("decision").compactMap { $0["data"]?["id"]?.string } }
    #expect(try await Patience.lasts { Set(ids).isSubset(of: told()) }, "\(told()) \(ids)")
    #expect(Set(told()) == Set(ids) && told().count == ids.count, "\(told()) \(ids)")
    #expect(reader.events("gap") == [])
    let hello = try #require(reader.events("hello").first?["data"])
    return (try #require(reader.events("decision").last?["id"]?.string), hello)
  }

  @Test func `whoever read at one host goes on at another without a hole, also at one that came later`() async throws {
    let (one, two) = (try cluster.start("one"), try cluster.start("two"))
    let before = try await read(try [one, two, one].map(decided), at: one, after: "oldest")
    let second = try [two, one].map(decided)
    let after = try await read(second, at: two, after: before.id)
    #expect(after.hello["resumed"] == true && after.hello["epoch"] == before.hello["epoch"], "\(after.hello)")

    // What is stored is told, whoever is gone.
    one.process.kill()
    one.process.waitUntilExit()
    let three = try cluster.start("three")
    let later = try await read(second, at: three, after: before.id)
    #expect(later.hello["resumed"] == true && later.hello["epoch"] == before.hello["epoch"], "\(later.hello)")
    let last = try await read([try decided(three)], at: two, after: later.id)
    #expect(last.hello["resumed"] == true, "\(last.hello)")
    for host in [two, three] { #expect(host.stop() == 0, "\(host.logged)") }
  }

  @Test func `effects of all hosts are told by each, and an entry's id goes on at another`() async throws {
    let (one, two) = (try cluster.start("one"), try cluster.start("two"))
    #expect(try one.give(100, to: "citizen:anna", id: ClusterFixture.id(1), as: authorization).status == 200)
    let first = try StreamReader("ledger", of: one, as: authorization, in: cluster.scratch, after: "oldest")
    #expect(try await Patience.lasts { first.events("entry").count == 1 })
    first.stop()
    let id = try #require(first.events("entry").first?["id"]?.string)
    #expect(try cluster.pay(10, key: 2, at: one, as: authorization).status == 200)
    #expect(try cluster.pay(10, key: 3, at: two, as: authorization).status == 200)
    let second = try StreamReader("ledger", of: two, as: authorization, in: cluster.scratch, after: id)
    #expect(try await Patience.lasts { second.events("entry").count == 2 }, "\(second.events("entry"))")
    #expect(second.events("hello").first?["data"]?["resumed"] == true && second.events("gap") == [])
    second.stop()
    cluster.stop()
  }
}
