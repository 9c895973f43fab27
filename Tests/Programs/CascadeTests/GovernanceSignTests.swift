import Core
import Cryptography
import Foundation
import Governance
import GovernanceTesting
import Testing

/// What a holder sees before signing, and what keeps from it.
struct GovernanceSignTests {
  /// A proposal of a fee of 4 with a report, and the first holder's key, in files.
  private struct Desk {
    let governed: GovernedData
    let digest: String

    init() throws {
      governed = try GovernedData(try Scratch())
      let scratch = governed.scratch
      for (path, text) in GovernedData.files(fee: 4) { try scratch.write("candidate/\(path)", text) }
      let key = try scratch.write("h0.key", governed.committee.secrets[0].pem)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
      try scratch.write("report.json", Self.report(records: 1000).text)
      let proposed = try governed.run([
        "governance", "propose", "--candidate", "candidate", "--title", "fee from 3 to 4", "--impact", "report.json",
        "--out", "fee.json",
      ])
      try #require(proposed.code == 0, "\(proposed.error)")
      digest = try #require(proposed.json()["proposal"]?.string)
    }

    static func report(records: Int64) -> JSON {
      var report = JSON.Object([
        ("report", "cascade-backtest/1"), ("window", ["records": .integer(records)]), ("coverage", .double(1)),
        ("classes", ["same": 990, "money": 10]), ("money", ["DUC/2": ["gained": "3.00"]]), ("subjects", 7),
      ])
      report.append("digest", .string(Envelope.digest(JSON.object(report).bytes)))
      report.append("elapsed_ms", 5)
      return .object(report)
    }

    func sign(_ typed: String, _ changes: [String: String?] = [:]) throws -> Program.Ending {
      let options: [String: String?] = [
        "--root": "root.json", "--current": ".", "--candidate": "candidate", "--impact": "report.json",
      ]
      let given = options.merging(changes) { $1 }.sorted { $0.key < $1.key }
      let words = given.flatMap { name, value in value.map { [name, $0] } ?? [] }
      return try Program.run(
        ["governance", "sign", "fee.json", "--key", "h0.key"] + words, input: typed + "\n",
        in: governed.scratch.url)
    }

    var signatures: Int {
      get throws {
        let text = try String(contentsOf: governed.scratch.url.appending(path: "fee.json"), encoding: .utf8)
        return try Envelope(parsing: Array(text.utf8)).signatures.count
      }
    }
  }

  @Test func `a holder sees what changes and signs by typing the last group of the digest`() throws {
    let desk = try Desk()
    let digits = String(desk.digest.suffix(64))
    let last = String(digits.suffix(8))
    let refused = try desk.sign("no")
    #expect(refused.code == 2 && refused.error.contains("nothing was signed"))
    #expect(try desk.signatures == 0)
    let realm = desk.governed.committee.realm
    for line in [
      "proposal   fee from 3 to 4", "realm      \(realm)", "sequence   1, after \(desk.governed.pin)",
      "class      policies, delay PT0S", "signed by  nobody yet", "changed policies/fees.lua",
      "  -1: return { fee = 3 }", "  +1: return { fee = 4 }", "numbers    old → new", "  fees.fee  3 → 4",
      "  window: {\"records\":1000}", "  coverage: 1", "  classes: {\"same\":990,\"money\":10}",
      "  money: {\"DUC/2\":{\"gained\":\"3.00\"}}", "  subjects: 7",
      "digest     "
        + stride(from: 0, to: 64, by: 8).map { String(digits.dropFirst($0).prefix(8)) }.joined(separator: " "),
    ] { #expect(refused.out.contains(line), "\(line):\n\(refused.out)") }
    #expect(try desk.sign(last).code == 0)
    #expect(try desk.signatures == 1)
    #expect(try desk.sign("no").out.contains("signed by  h0"))
  }

  @Test func `what isn't what was proposed keeps from signing`() throws {
    let desk = try Desk()
    let scratch = desk.governed.scratch
    let last = String(desk.digest.suffix(8))
    for (name, changes, word) in [
      ("no report", ["--impact": nil], "--impact"), ("no candidate", ["--candidate": nil], "--candidate"),
      ("the rules in force as the candidate", ["--candidate": "."], "files: . isn't what is proposed"),
    ] as [(String, [String: String?], String)] {
      let refused = try desk.sign(last, changes)
      #expect(refused.code != 0 && refused.error.contains(word), "\(name): \(refused.error)")
    }
    let report = Desk.report(records: 1000).text
    try scratch.write("report.json", report.replacing("990", with: "1000"))
    #expect(try desk.sign(last).error.contains("was changed"))
    try scratch.write("report.json", Desk.report(records: 999).text)
    #expect(try desk.sign(last).error.contains("error: digest:"))
    try scratch.write("report.json", report)
    let other = desk.governed.committee.root(2)
    try scratch.write("other.json", desk.governed.committee.signed(other, by: [0, 1, 2]).json.text)
    #expect(try desk.sign(last, ["--root": "other.json"]).error.contains("other_root"))
    #expect(try desk.signatures == 0)
    #expect(try desk.sign(last).code == 0)
  }
}
