import Core
import Foundation
import StandIns
import Testing

/// README and articles, typed as they are printed.
struct ArticleTests {
  @Test func `Money's commands quote, fill the reserve, pay and refuse a quote that was used`() async throws {
    let stripe = FakeStripe(clock: { Int64(Date().timeIntervalSince1970 * 1000) })
    let address = try await stripe.start()
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(
      scratch, ["--demo", "--no-specs"],
      environment: [
        "CASCADE_STRIPE_URL": address, "CASCADE_STRIPE_KEY": FakeStripe.key,
        "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_readme",
      ])
    let signingIn = try PrintedCommands(article: "SigningIn")
    let money = try PrintedCommands(article: "Money")
    let ending = try PrintedCommands.run([signingIn, money], scratch, server)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.out == signingIn.expected + money.expected, "\(ending.error)\(server.logged)")
    #expect(stripe.intents.count == 2)
    #expect(server.stop() == 0)
    try await stripe.stop()
  }

  @Test func `the README's fee and typo come out as it prints`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--demo", "--watch", "--no-specs"])
    let commands = try PrintedCommands(readme: "A first rule, changed live")
    // A busy machine needs longer than a reader: to sleep is to wait for the next reload.
    let setup = """
      git init -q . && git add policies && git -c user.name=a -c user.email=a@b.c commit -q -m 'The rulebook'
      state() { curl -s http://127.0.0.1:8080/v1/rulebook | jq -c '[.generation, .last_reload]'; }
      seen=$(state)
      sleep() {
        for _ in $(seq 600); do [ "$(state)" = "$seen" ] || break; command sleep 0.1; done
        seen=$(state)
      }
      """
    let ending = try PrintedCommands.run([commands], scratch, server, setup: setup)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.out == commands.expected, "\(ending.error)\(server.logged)")
    #expect(server.stop() == 0)
  }

  @Test(arguments: ["Operating", "Console", "TrustGraph", "History", "SelfKnowledge"])
  func `an article's commands come out as it prints`(article: String) throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--demo", "--no-specs"])
    let commands = try PrintedCommands(article: article)
    // A busy machine needs longer than a reader: to sleep is to wait for the record of the last decision.
    let setup = """
      sleep() {
        local header="Authorization: Bearer $(cascade token operator)"
        for _ in $(seq 600); do
          curl -sf -o record.json http://127.0.0.1:8080/v1/records/$id -H "$header" && return
          command sleep 0.1
        done
      }
      """
    let ending = try PrintedCommands.run([commands], scratch, server, setup: setup)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.out == commands.expected, "\(ending.error)\(server.logged)")
    #expect(server.stop() == 0)
  }

  @Test func `the rule, policy and spec of WritingRules load, pass and decide`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let commands = try PrintedCommands(article: "WritingRules")
    #expect(commands.files.count == 3)
    let ending = try PrintedCommands.run([commands], scratch)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.out == commands.expected, "\(ending.error)")
  }

  @Test func `no article prints commands that no test types`() throws {
    let typed = [
      "Operating", "TrustGraph", "History", "SelfKnowledge", "WritingRules", "SigningIn", "Money", "Governance",
      "Hosts", "Console",
    ]
    let names = try FileManager.default.contentsOfDirectory(atPath: PrintedCommands.catalog.path())
      .filter { $0.hasSuffix(".md") }.map { String($0.dropLast(3)) }
    #expect(names.count > typed.count)
    for name in names where !typed.contains(name) {
      #expect(try PrintedCommands(article: name).script == "", "\(name).md has commands; type them in a test")
    }
  }
}
