import Core
import Foundation
import TestSupport
import Testing

/// Rules that need several holders, with the program itself.
struct GovernanceTests {
  @Test func `the article's fee is signed, a greedy one vetoed, an emergency goes back, a root is signed`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let (founding, changing) = try PrintedCommands.parts(article: "Governance", at: "A change of the fee")
    let begun = try PrintedCommands.run([founding], scratch)
    #expect(begun.code == 0, "\(begun.error)")
    #expect(begun.out == founding.expected, "\(begun.error)")
    let server = try RunningServer(scratch, ["--demo", "--no-specs"])
    // Functions end with the shell that defines them.
    let start = try #require(founding.script.firstRange(of: "sign() {")?.lowerBound)
    let end = try #require(founding.script[start...].firstRange(of: "\n}\n")?.upperBound)
    let setup = "cd holders; export CASCADE_API=\(server.api)\n" + founding.script[start..<end]
    let ending = try PrintedCommands.run([changing], scratch, server, setup: setup)
    #expect(ending.code == 0, "\(ending.error)\(server.logged)")
    #expect(ending.out == changing.expected, "\(ending.error)\(server.logged)")
    server.process.interrupt()
    server.process.kill()
    server.process.waitUntilExit()
    // What the emergency brought back decides after a crash, too.
    let again = try RunningServer(scratch, ["--demo", "--no-specs"])
    let state = try Program.run(
      [
        "-c",
        "curl -s http://\(again.api)/v1/governance | jq -r .effective; "
          + "curl -s http://\(again.api)/v1/rulebook | jq -r .digest",
      ],
      environment: ["PATH": "/usr/bin:/bin"], in: scratch.url, executable: "/bin/bash")
    let digests = state.out.split(separator: "\n")
    #expect(digests.count == 2 && digests.first == digests.last, "\(state.out)")
    #expect(again.stop() == 0)
  }

  @Test func `the pin and the mode are asked for together`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    for options in [
      ["--governance", "enforce"], ["--governance", "off"], ["--governance-root", "sha256:5e"],
      ["--freshness", "ignore"],
    ] {
      let ending = try Program.run(
        ["serve", "--rulebook", scratch.url.path(), "--api", "127.0.0.1:0"] + options, in: scratch.url)
      #expect(ending.code == 64, "\(options)")
    }
  }
}
