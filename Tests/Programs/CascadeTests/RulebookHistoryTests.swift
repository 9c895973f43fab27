import Core
import Foundation
import Testing

/// `cascade rulebook`: what hosts decided by, and who changed what when, as git tells.
struct RulebookHistoryTests {
  private static let commit = #"\([0-9a-f]{7,} of \d{4}-\d\d-\d\d by Ada: The fee is 3 %\)"#

  /// Writes a rulebook into a folder.
  private static func write(_ scratch: Scratch, _ folder: String, fee: String) throws -> String {
    try scratch.write("\(folder)/policies/fees.lua", "return { fee = \"\(fee)\" }\n")
    try scratch.write(
      "\(folder)/plugins/shop/plugin.lua", "return { name = \"shop\", version = \"1\", decisions = {} }\n")
    return scratch.url.appending(path: folder).path()
  }

  private static func fits(_ text: some StringProtocol, _ pattern: String) throws -> Bool {
    try String(text).wholeMatch(of: Regex(pattern)) != nil
  }

  @Test func `show and diff tell the author and the last commit of each file of a work tree`() throws {
    let scratch = try Scratch()
    let (old, new) = (try Self.write(scratch, "old", fee: "0.025"), try Self.write(scratch, "new", fee: "0.03"))
    let commit = try Program.run(
      ["-c", "git init -q . && git add . && git -c user.name=Ada -c user.email=a@b.c commit -q -m 'The fee is 3 %'"],
      in: scratch.url.appending(path: "new"), executable: "/bin/bash")
    try #require(commit.code == 0, "\(commit.error)")
    try scratch.write("new/policies/more.lua", "return {}\n")

    let shown = try Program.run(["rulebook", "show", new])
    let lines = shown.out.split(separator: "\n")
    try #require(shown.code == 0 && lines.count == 4, "\(shown.out)\(shown.error)")
    #expect(try Self.fits(lines[0], "sha256:[0-9a-f]{64}"))
    #expect(try Self.fits(lines[1], #"\d+  plugins/shop/plugin\.lua  "# + Self.commit), "\(shown.out)")
    #expect(try Self.fits(lines[2], #"\d+  policies/fees\.lua  "# + Self.commit), "\(shown.out)")
    #expect(lines[3] == "10  policies/more.lua")

    let compared = try Program.run(["rulebook", "diff", old, new])
    let changed = compared.out.split(separator: "\n").suffix(2)
    #expect(try Self.fits(changed.first ?? "", #"changed  policies/fees\.lua  "# + Self.commit), "\(compared.out)")
    #expect(changed.last == "added  policies/more.lua")
    let files = try Program.run(["rulebook", "diff", old, new, "--format", "json"]).json()["files"]?.array ?? []
    #expect(files.first?["commit"]?.string?.hasSuffix(" by Ada: The fee is 3 %") == true)
    #expect(files.last?["commit"] == .null)
  }

  @Test func `list names every rulebook that decided, and show and diff take its digest`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let data = ["--data", scratch.url.appending(path: "data").path()]
    var digests: [String] = []
    for fee in ["0.025", "0.03"] {
      try scratch.replace("policies/fees.lua", "fee = \"0.025\"", with: "fee = \"\(fee)\"")
      let server = try RunningServer(scratch, ["--no-specs"])
      digests.append(try #require(server.rulebook()["digest"]?.string))
      #expect(server.stop() == 0)
    }
    let listed = try Program.run(["rulebook", "list"] + data)
    let lines = listed.out.split(separator: "\n")
    #expect(Set(lines.map { String($0.prefix { $0 != " " }) }) == Set(digests) && lines.count == 2, "\(listed.out)")
    #expect(try lines.allSatisfy { try Self.fits($0, #"sha256:[0-9a-f]{64}  \d{4}-\d\d-\d\d \d\d:\d\d"#) })
    let json = try Program.run(["rulebook", "list", "--format", "json"] + data).json()
    #expect(Set((json["rulebooks"]?.array ?? []).compactMap { $0["digest"]?.string }) == Set(digests))

    let short = digests.map { String($0.dropFirst(7).prefix(16)) }
    let shown = try Program.run(["rulebook", "show", short[0]] + data)
    #expect(shown.out.hasPrefix(digests[0] + "\n") && shown.out.contains("  policies/fees.lua\n"), "\(shown.out)")
    let compared = try Program.run(["rulebook", "diff"] + short + data)
    #expect(compared.out.hasPrefix("fees.fee"), "\(compared.out)\(compared.error)")
    #expect(compared.out.hasSuffix("\"0.025\"  →  \"0.03\"\n\nchanged  policies/fees.lua\n"), "\(compared.out)")
  }
}
