import Core
import Foundation
import TestSupport
import Testing

/// `cascade tail` on a running host.
@Suite(.serialized) struct TailTests {
  private static func tail(_ scratch: Scratch, _ server: RunningServer, _ further: [String]) throws -> Program.Ending {
    try Program.run(
      ["tail", "--api", server.api, "--data", scratch.url.appending(path: "data").path(), "--once"] + further)
  }

  private static func decisions(_ ending: Program.Ending) throws -> [JSON] {
    try ending.jsonLines().filter { $0["event"] == "decision" }
  }

  @Test func `a tail has every decision once, and goes on without a hole when the host was killed`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    var server = try RunningServer(scratch, ["--no-specs"])
    var ids: [String] = []
    func decide(_ count: Int) throws {
      for _ in 0..<count {
        let answer = try server.decide("tier.assign", #"{"social_class":"Nobili","influence":1,"ducats":1}"#)
        ids.append(try #require(answer["decision_id"]?.string))
      }
    }
    try decide(5)
    // Records are written a moment after the answer.
    var first: [JSON] = []
    for _ in 0..<100 where first.count < 5 {
      first = try Self.decisions(Self.tail(scratch, server, ["--topics", "decisions", "--since", "oldest"]))
    }
    // Each lane has an order of its own.
    #expect(first.compactMap { $0["data"]?["id"]?.string }.sorted() == ids.sorted())
    let last = try #require(first.last?["id"]?.string)

    server.process.kill()
    server.process.waitUntilExit()
    server = try RunningServer(scratch, ["--no-specs"])
    try decide(4)
    var rest: [JSON] = []
    for _ in 0..<100 where rest.count < 4 {
      let ending = try Self.tail(scratch, server, ["--topics", "decisions", "--since", last])
      #expect(ending.code == 0)
      #expect(try ending.jsonLines().first?["data"]?["resumed"] == true)
      rest = try Self.decisions(ending)
    }
    #expect(rest.compactMap { $0["data"]?["id"]?.string }.sorted() == ids.suffix(4).sorted())
    // With all topics it goes on as well, though of some of them nothing is kept.
    let all = try Self.tail(scratch, server, ["--since", last])
    #expect(all.code == 0 && all.out.contains(#""reason":"unkept""#), "\(all.out)\(all.error)")
    #expect(try Self.decisions(all).count == 4)

    // Another history begins without the file that names this one.
    _ = server.stop()
    try FileManager.default.removeItem(at: scratch.url.appending(path: "data/epoch"))
    server = try RunningServer(scratch, ["--no-specs"])
    let gap = try Self.tail(scratch, server, ["--since", last])
    #expect(gap.code == 2)
    #expect(try gap.jsonLines().last?["data"]?["reason"] == "epoch")
    #expect(try Self.tail(scratch, server, ["--since", last, "--allow-gap"]).code == 0)
    #expect(server.stop() == 0)
  }

  @Test func `a tail of the audit tells each act of an operator, and those of commands beside the host`() async throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    func acts() throws -> [String] {
      let ending = try Self.tail(scratch, server, ["--topics", "audit", "--since", "oldest"])
      #expect(ending.code == 0, "\(ending.error)")
      return try ending.jsonLines().filter { $0["event"] == "act" }.compactMap { $0["data"]?["what"]?.string }
    }
    let authorization = try server.authorization(scratch)
    let reload = authorization + ["-X", "POST", "http://\(server.api)/v1/rulebook?specs=false"]
    #expect(try server.ask(reload).status == 200)
    // The operator's token was issued by a command.
    var told: [String] = []
    let isTold = try await Patience.lasts {
      told = try acts()
      return told.contains("reloadRulebook") && told.contains("issueToken")
    }
    #expect(isTold, "\(told)")
    #expect(server.stop() == 0)
  }

  @Test func `a tail says what can't be asked, and that no host answers`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let odd = try Self.tail(scratch, server, ["--topics", "decision"])
    #expect(odd.code == 1)
    #expect(odd.error.contains("topics has no 'decision'"))
    #expect(server.stop() == 0)
    let gone = try Self.tail(scratch, server, [])
    #expect(gone.code == 1)
    #expect(gone.error.contains("no host answers"))
  }
}
