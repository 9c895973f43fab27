import Core
import Foundation
import Testing

/// Texts and settings from outside, as the program's users meet them.
struct HostileInputTests {
  private let scratch: Scratch
  private var root: String { scratch.url.path() }
  private var data: [String] { ["--data", scratch.url.appending(path: "data").path()] }

  init() throws { scratch = try Scratch() }

  private func writePlugin(_ more: String = "", top: String = "") throws {
    try scratch.write(
      "plugins/p/plugin.lua",
      """
      \(top)return { name = "p", version = "1.0.0", \(more) decisions = {
        ["p.ask"] = { input = {}, output = { v = "integer" }, decide = function() return { v = 1 } end } } }

      """)
  }

  private func openssl(_ arguments: [String]) throws {
    let ending = try Program.run(arguments, executable: "/usr/bin/openssl")
    #expect(ending.code == 0, "\(ending.error)")
  }

  @Test func `two names of other bytes have a key each, and each is removed by itself`() throws {
    for (number, name) in ["Jos\u{E9}", "Jose\u{301}", "K", "\u{212A}"].enumerated() {
      let (secret, key) = (root + "/\(number).pem", root + "/\(number).pub")
      try openssl(["genpkey", "-algorithm", "ed25519", "-out", secret])
      try openssl(["pkey", "-in", secret, "-pubout", "-out", key])
      #expect(try Program.run(["token", "enrol", name, "--key", key] + data).code == 0)
    }
    let file = root + "/data/keys/enrolled.json"
    func names() throws -> [String] {
      try JSON(parsing: String(contentsOfFile: file, encoding: .utf8))["keys"]?.object?.members.map(\.name) ?? []
    }
    #expect(try names().count == 4)
    #expect(try Program.run(["token", "enrol", "Jose\u{301}", "--remove"] + data).code == 0)
    #expect(try names().count == 3 && names().contains { Array($0.utf8) == Array("Jos\u{E9}".utf8) })
    #expect(try Program.run(["token", "enrol", "Jose\u{301}", "--remove"] + data).code == 2)
  }

  @Test(arguments: ["a\\r\\n::error::FORGED", "a\\n::warning file=x::FORGED", "%0A::error::FORGED", "a\\27[31m"])
  func `what is wrong with a rulebook is one line for each problem, in every format`(key: String) throws {
    try writePlugin("[\"\(key)\"] = 1,")
    let github = try Program.run(["check", "--rulebook", root, "--format", "github"])
    #expect(github.code == 1)
    let lines = github.out.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines[0].hasPrefix("::error file=plugins/p/plugin.lua,line=1"), "\(github.out)")
    #expect(!github.out.utf8.contains { $0 < 0x20 && $0 != 0x0A })
    #expect(!github.out.contains("%0A::error::FORGED") || key.hasPrefix("a"))
    let pretty = try Program.run(["check", "--rulebook", root])
    #expect(pretty.out.utf8.count { $0 == 0x0A } == 1 && !pretty.out.utf8.contains { $0 < 0x20 && $0 != 0x0A })
    #expect(try Program.run(["check", "--rulebook", root, "--format", "json"]).json()["ok"] == false)
  }

  @Test func `what somebody without a key puts into a token begins no line of the log`() throws {
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    for text in ["x\\n2026-01-01T00:00:00+0000 critical cascade: FORGED", "x\\r\\nFORGED", "x\\u001b[2J", "x\\u2028y"] {
      for header in [#"{"alg":"ES256","kid":"k","crit":["\#(text)"]}"#, #"{"alg":"ES256","kid":"k","typ":"\#(text)"}"#]
      {
        let token = Data(header.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
          .replacing("=", with: "")
        _ = try server.curl(["-H", "Authorization: Bearer \(token).e30.AAAA", "http://\(server.api)/v1/records"])
      }
    }
    #expect(server.stop() == 0)
    let log = server.logged
    #expect(log.contains("crit names"), "\(log)")
    #expect(!log.unicodeScalars.contains { $0 != "\n" && VisibleText.isControl($0) })
    #expect(
      !log.split(separator: "\n").contains {
        $0.hasPrefix("FORGED")
          || $0.contains(" critical cascade: FORGED")
            && $0.hasPrefix("2026-01-01")
      })
  }

  @Test func `lines of Windows are lines, and a return anywhere else is part of the token`() throws {
    let token = try Program.run(["token", "operator"] + data).out.dropLast()
    let ring = try JSON(parsing: String(contentsOfFile: root + "/data/keys/ring.json", encoding: .utf8))
    let keys: JSON = ["keys": .array((ring["keys"]?.array ?? []).compactMap { $0["key"] })]
    let file = try scratch.write("keys.json", keys.text)
    func verdicts(_ input: String) throws -> [JSON?] {
      try Program.run(["token", "verify", "--jwks", file, "--signature-only"], input: input).jsonLines().map {
        $0["valid"]
      }
    }
    #expect(
      try verdicts("\(token)\r\n\(token)\n\r\n\(token)\r\r\n \(token)\n\(token)\r") == [
        true, true, false, false, false, false,
      ])
    #expect(try verdicts("\(token)\r\n\(token)") == [true, true])
  }

  @Test func `columns that aren't read and rows that make nothing are told`() throws {
    let table = "note,citizen1,citizen2,trustScore,strengthScore,lastInteraction,trustScore\n"
    let file = try scratch.write("edges.csv", table + "x,a,b,1,2,2024,9\r\nx,c,c,1,2,2024,9\nx,d,d,,,,\n")
    let ending = try Program.run(["graph", "stats", "--edges", file])
    #expect(ending.code == 0)
    #expect(
      ending.error.contains("\(file):1: 2 of the columns not read, unknown or there before: 'note', 'trustScore'"))
    #expect(ending.error.contains("\(file):3: the first of 2 rows that name one citizen twice"))
    let clean = try scratch.write("clean.csv", "citizen1,citizen2,trustScore,strengthScore,lastInteraction\na,b,1,2,\n")
    #expect(try Program.run(["graph", "stats", "--edges", clean]).error == "")
  }

  @Test func `a secret may have white space around it, and none inside`() throws {
    try writePlugin()
    for secret in ["sk_test_Private\n", " sk_test_Private \r\n", "\tsk_test_Private"] {
      let server = try RunningServer(scratch, [], environment: ["CASCADE_STRIPE_KEY": secret])
      #expect(server.stop() == 0)
    }
    for (name, secret) in [
      ("STRIPE_KEY", "sk_test_Pri vate"), ("STRIPE_KEY", " "), ("STRIPE_WEBHOOK_SECRET", "whsec_Pri\nvate"),
      ("VENICE_KEY", "Pri\u{E9}vate"),
    ] {
      let failure = #expect(throws: ServerFailure.self) {
        try RunningServer(scratch, [], environment: ["CASCADE_" + name: secret])
      }
      #expect(failure?.said.contains("CASCADE_\(name)") == true && failure?.said.contains("Pri") == false)
    }
  }
}
