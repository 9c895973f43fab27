import Core
import DatabaseServers
import Foundation
import Testing

/// Hosts that share a database.
struct ClusterTests {
  @Test func `two hosts on one database decide and transfer on one chain`() async throws {
    let cluster = try ClusterFixture()
    let (one, two) = (try cluster.start("one"), try cluster.start("two"))
    let authorization = try cluster.authorization()
    let given = try one.give(1_000, to: "citizen:anna", id: ClusterFixture.id(1), as: authorization)
    #expect(given.json["results"]?.array?.first?["status"] == "created", "\(given.json)")
    // The other host sees it without being asked to write.
    #expect(try await cluster.balance(1_000, at: two) == 1_000)
    for number in 0..<6 {
      let host = number.isMultiple(of: 2) ? one : two
      let paid = try cluster.pay(10, key: 100 + number, at: host, as: authorization)
      #expect(paid.status == 200, "\(paid.json)")
      #expect(paid.json["result"]?["before"]?["minor"]?.integer == Int64(1_000 - 10 * number), "\(paid.json)")
    }
    // The same key at another host is the same decision.
    let again = try cluster.pay(10, key: 100, at: two, as: authorization)
    #expect(again.status == 200 && again.json["result"]?["before"]?["minor"]?.integer == 1_000, "\(again.json)")
    for host in [one, two] { #expect(try await cluster.balance(940, at: host) == 940) }
    cluster.stop()
    let verified = try cluster.command(["ledger", "verify"])
    #expect(verified.out.hasPrefix("7 entries are good, head "), "\(verified.out)")
    let balances = try cluster.command(["ledger", "balances", "--format", "json"]).json()
    let anna = balances["accounts"]?.array?.first { $0["account"] == "citizen:anna" }
    #expect(anna?["posted"]?.integer == 940, "\(balances)")
    #expect(try cluster.command(["ledger", "export", "--format", "hledger"]).out.contains("citizen:anna"))
    #expect(try cluster.command(["token", "keys"]).out.contains("active"))
  }

  @Test func `a citizen's nonce, a token and a session given by one host are good at another`() async throws {
    let cluster = try ClusterFixture()
    let (one, two) = (try cluster.start("one", ["--demo"]), try cluster.start("two", ["--demo"]))
    let keys = try [one, two].map { try $0.text(["http://\($0.api)/.well-known/jwks.json"]) }
    #expect(keys[0] == keys[1] && keys[0].contains("\"kid\""))
    let challenge = try one.ask(["-d", #"{"username":"anna"}"#, "http://\(one.api)/v1/auth/challenge"])
    #expect(challenge.status == 200, "\(challenge.json)")
    let authorization = try cluster.authorization()
    for host in [one, two] { #expect(try host.status(authorization, "/v1/records?limit=1") == 200) }
    let token = authorization[1].split(separator: " ").last.map(String.init) ?? ""
    #expect(try cluster.command(["token", "list"]).out.contains("operator"))
    #expect(!token.isEmpty)
    cluster.stop()
  }

  @Test func `what may not be in the list of processes is refused there and read from a file`() throws {
    let cluster = try ClusterFixture()
    let secret = "hunter2hunter2"
    let url = cluster.url.replacing("cascade@", with: "cascade:\(secret)@")
    for (option, value) in [("--store", url), ("--redis", "redis://:\(secret)@127.0.0.1:1/0")] {
      let given =
        (option == "--store" ? ["--key-encryption-key-file", cluster.key] : cluster.shared) + [option, value]
      let refused = try Program.run(["serve", "--data", cluster.scratch.url.appending(path: "d").path()] + given)
      #expect(refused.code == 1)
      #expect(refused.error.contains("\(option) has a password") && refused.error.contains("\(option)-file"))
      #expect(!refused.error.contains(secret) && !refused.out.contains(secret))
    }
    let file = try cluster.scratch.write("store.url", url + "\n")
    let open = try Program.run(["store", "check", "--store-file", file])
    #expect(open.code == 1 && open.error.contains("can be used by others"), "\(open.error)")
    chmod(file, 0o600)
    let checked = try Program.run(["store", "check", "--store-file", file])
    #expect(checked.code == 0, "\(checked.error)")
    #expect(checked.out.hasPrefix("ok: postgresql://cascade@/"), "\(checked.out)")
    #expect(!checked.out.contains(secret))
    let shown = try Program.run(["config", "show", "--store-file", file, "--key-encryption-key-file", cluster.key])
    #expect(shown.code == 0 && shown.out.contains("store-file = ") && !shown.out.contains(secret), "\(shown.error)")
  }

  @Test(arguments: [
    (["--redis", "redis://example.org"], "a Redis beyond this machine needs a password"),
    (["--redis", "http://127.0.0.1"], "a Redis is given as redis://"),
    (["--host-name", "a b"], "--host-name is made of"),
  ])
  func `a host isn't started with what can't be meant`(arguments: [String], problem: String) throws {
    let cluster = try ClusterFixture()
    let data = cluster.scratch.url.appending(path: "d").path()
    let refused = try Program.run(["serve", "--demo", "--data", data] + cluster.shared + arguments)
    #expect(refused.code != 0 && refused.error.contains(problem), "\(refused.error)")
  }

  @Test func `a store needs its key, the same at every host, and whose data it has doesn't change`() throws {
    let cluster = try ClusterFixture()
    let data = cluster.scratch.url.appending(path: "d").path()
    let without = try Program.run(["serve", "--data", data, "--store", cluster.url])
    #expect(without.code == 1 && without.error.contains("--key-encryption-key-file"), "\(without.error)")
    try cluster.start("one", ["--demo"])
    let other = cluster.scratch.url.appending(path: "other.key").path()
    #expect(try Program.run(["store", "new-key", "--out", other]).code == 0)
    #expect(try Program.run(["store", "new-key", "--out", other]).code == 1, "nothing is overwritten")
    let given = ["serve", "--data", data, "--store", cluster.url, "--key-encryption-key-file"]
    let wrong = try Program.run(given + [other, "--demo"])
    #expect(wrong.code == 1 && wrong.error.contains("can't be opened"), "\(wrong.error)")
    let live = try Program.run(given + [cluster.key])
    #expect(live.code == 1 && live.error.contains("demonstration's data"), "\(live.error)")
    let redis = try Program.run(["serve", "--data", data, "--demo", "--redis", "redis://127.0.0.1"])
    #expect(redis.code != 0 && redis.error.contains("goes with --store"), "\(redis.error)")
    cluster.stop()
  }

  @Test func `a database is migrated once, and one that may lose what it acknowledged is refused`() throws {
    let server = try PostgresServer.shared.get()
    let url = try server.newDatabase()
    let first = try Program.run(["store", "migrate", "--store", url])
    #expect(first.code == 0 && first.out.hasPrefix("ok: from migration 0 to "), "\(first.error)")
    let second = try Program.run(["store", "migrate"], environment: ["CASCADE_STORE": url])
    #expect(second.code == 0 && second.out.hasPrefix("ok: at migration "), "\(second.error)")
    let database = String(url.dropFirst("postgresql://cascade@/".count).prefix { $0 != "?" })
    try server.execute("ALTER DATABASE \(database) SET synchronous_commit = off", in: "postgres")
    let refused = try Program.run(["store", "check", "--store", url])
    #expect(refused.code == 1 && refused.error.contains("synchronous_commit = off"), "\(refused.error)")
  }
}
