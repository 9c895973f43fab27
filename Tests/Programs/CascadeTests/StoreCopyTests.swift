import Core
import DatabaseServers
import Foundation
import Testing

/// An embedded installation that moves into a database.
struct StoreCopyTests {
  /// Entries beside those that the test looks at; `make torture` copies a million.
  private static let more =
    ProcessInfo.processInfo.environment["CASCADE_COPIED_ENTRIES"].flatMap { Int($0) } ?? 2_500

  /// Has the host take so many transfers, a part of them with each request.
  private static func fill(_ server: RunningServer, _ scratch: Scratch, as authorization: [String]) throws {
    for start in stride(from: 0, to: more, by: 2_500) {
      let events = (start..<min(more, start + 2_500)).map { number in
        #"{"id":"\#(ClusterFixture.id(1_000_000 + number))","kind":"posted","from":"world","#
          + #""to":"citizen:m\#(number % 1_000)","amount":{"asset":"DUC/2","minor":\#(1 + number % 97)}}"#
      }
      let file = try scratch.write("events.json", #"{"events":["# + events.joined(separator: ",") + "]}")
      let answer = try server.ask(authorization + ["-d", "@" + file, "http://\(server.api)/v1/ledger/transfers"])
      let created = answer.json["results"]?.array?.count { $0["status"] == "created" }
      #expect(answer.status == 200 && created == events.count, "\(answer.status) \(answer.json["code"] ?? .null)")
    }
  }

  @Test func `a copy has the same head and balances, and hledger reads it byte for byte the same`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let authorization = try server.authorization(scratch)
    for number in 1...40 {
      let answer = try server.give(
        Int64(number), to: "citizen:c\(number % 7)", id: ClusterFixture.id(number), as: authorization)
      #expect(answer.status == 200, "\(answer.json)")
    }
    try Self.fill(server, scratch, as: authorization)
    let hold =
      #"{"events":[{"id":"\#(ClusterFixture.id(50))","kind":"pending","from":"citizen:c1","to":"citizen:c2","#
      + #""amount":{"asset":"DUC/2","minor":3},"timeout_seconds":0}]}"#
    _ = try server.ask(authorization + ["-d", hold, "http://\(server.api)/v1/ledger/transfers"])
    // One that is refused for good is remembered, too.
    let refused =
      #"{"events":[{"id":"\#(ClusterFixture.id(51))","kind":"posted","from":"citizen:c1","to":"citizen:c2","#
      + #""amount":{"asset":"DUC/2","minor":100000}}]}"#
    _ = try server.ask(authorization + ["-d", refused, "http://\(server.api)/v1/ledger/transfers"])
    let data = scratch.url.appending(path: "data").path()
    let cluster = try ClusterFixture()
    let copy = ["store", "copy", "--from", data, "--to", cluster.url, "--key-encryption-key-file", cluster.key]
    let busy = try Program.run(copy)
    #expect(busy.code == 1 && busy.error.contains("another host runs on"), "\(busy.error)")
    #expect(server.stop() == 0)
    let keys = try Program.run(["token", "keys", "--data", data])
    for _ in 0..<2 {
      let copied = try Program.run(copy)
      #expect(copied.code == 0, "\(copied.error)")
      #expect(copied.out.hasPrefix("ok: \(41 + Self.more) entries, head "), "\(copied.out)")
    }
    for command in [["ledger", "export", "--format", "hledger"], ["ledger", "balances"], ["token", "keys"]] {
      let (before, after) = (try Program.run(command + ["--data", data]), try cluster.command(command))
      #expect(before.code == 0 && before.out == after.out && !before.out.isEmpty)
    }
    #expect(keys.out.contains("active"))
    // What was sent before the copy is known after it.
    let host = try cluster.start("one")
    let operators = try cluster.authorization()
    let repeated = try host.give(1, to: "citizen:c1", id: ClusterFixture.id(1), as: operators)
    #expect(repeated.json["results"]?.array?.first?["status"] == "exists", "\(repeated.json)")
    #expect(try host.give(1, to: "citizen:c1", id: ClusterFixture.id(60), as: operators).status == 200)
    cluster.stop()
    let other = try Program.run(copy)
    #expect(other.code == 1 && other.error.contains("another ledger"), "\(other.error)")
    let own = try Program.run(["serve", "--data", data] + cluster.shared)
    #expect(own.code == 1 && own.error.contains("holds a ledger of its own"), "\(own.error)")
  }
}
