import Core
import Foundation
import TestSupport
import Testing

/// Backtests on the data of a host, and what keeps one from being made.
struct BacktestCommandTests {
  private let scratch: Scratch
  private let data: String

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
  }

  private func backtest(_ candidate: String, _ arguments: String...) throws -> Program.Ending {
    try Program.run(["backtest", "--candidate", candidate, "--data", data] + arguments)
  }

  /// Quotes so many sales on a host of its own.
  private func quote(_ count: Int) throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    for number in 1...count {
      let input = #"{"side":"sell","amount":{"asset":"DUC/2","minor":\#(100_000 * number)},"level":0}"#
      #expect(try server.decide("bridge.quote", input)["result"] != nil)
    }
    #expect(server.stop() == 0)
  }

  /// A copy of the rules.
  private func candidate(fee: String = "0.030") throws -> String {
    let folder = scratch.url.appending(path: "candidate-\(fee)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["plugins", "policies"] {
      try FileManager.default.copyItem(at: Program.package.appending(path: name), to: folder.appending(path: name))
    }
    try scratch.replace("candidate-\(fee)/policies/fees.lua", #"fee = "0.025""#, with: #"fee = "\#(fee)""#)
    return folder.path()
  }

  @Test func `the report is the same in another process, and a gate decides by it`() throws {
    try quote(4)
    let changed = try candidate()
    let first = try backtest(changed, "--format", "json", "--jobs", "1").json()
    let second = try backtest(changed, "--format", "json", "--jobs", "3").json()
    #expect(first["digest"] == second["digest"] && first["digest"]?.string?.hasPrefix("sha256:") == true)
    #expect(first["classes"]?["changed"] == 4 && first["clusters"]?.array?.first?["file"] == "policies/fees.lua")
    let gate = try scratch.write("gate.json", #"{"max_flips":3}"#)
    #expect(try backtest(changed, "--gate", gate).code == 2)
    #expect(try backtest("1", "--gate", gate).code == 0)
    let odd = try scratch.write("odd.json", #"{"max_flops":3}"#)
    let ending = try backtest(changed, "--gate", odd)
    #expect(ending.code == 64 && ending.error.contains("max_flops"))
  }

  @Test func `a candidate that doesn't load is named with file and line, and a generation that is gone by its number`()
    throws
  {
    try quote(1)
    let broken = try candidate()
    try scratch.replace("candidate-0.030/policies/fees.lua", "return {", with: "return {{")
    let ending = try backtest(broken)
    #expect(ending.code == 1)
    #expect(ending.error.firstMatch(of: /policies\/fees\.lua:\d+/) != nil, "\(ending.error)")
    let unknown = try backtest("99")
    #expect(unknown.code == 1 && unknown.error.contains("no record tells of a generation 99"), "\(unknown.error)")
    let digest = "sha256:" + String(repeating: "0", count: 64)
    let gone = try backtest(digest)
    #expect(gone.code == 1 && gone.error.contains("is not in"), "\(gone.error)")
    let nothing = try Program.run(["backtest", "--candidate", "1", "--data", data + "-none"])
    #expect(nothing.code == 1 && nothing.error.contains("there is no ledger in"), "\(nothing.error)")
  }

  @Test func `records whose rulebook is gone are told apart and are no flips`() throws {
    try quote(3)
    let changed = try candidate()
    for file in try FileManager.default.contentsOfDirectory(atPath: data + "/rulebooks") {
      try FileManager.default.removeItem(atPath: data + "/rulebooks/" + file)
    }
    let ending = try backtest(changed, "--format", "json")
    #expect(ending.code == 0, "\(ending.error)")
    let report = try ending.json()
    #expect(report["classes"]?["unreplayable"] == 3 && report["classes"]?["changed"] == 0)
    #expect(report["coverage"]?["replayed"] == 0)
  }

  @Test func `an interruption in the middle ends it, and the data are as they were`() throws {
    try quote(20)
    let process = ChildProcess()
    process.executableURL = URL(filePath: Program.path)
    process.arguments = ["backtest", "--candidate", try candidate(), "--data", data, "--format", "ndjson"]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.interrupt()
    process.waitUntilExit()
    #expect(try Program.run(["replay", "--all", "--data", data]).out == "20 decisions come out the same\n")
    #expect(try Program.run(["ledger", "verify", "--data", data]).code == 0)
    #expect(try backtest("1", "--format", "json").json()["classes"]?["same"] == 20)
  }

  @Test func `a host asked in the background says the same as the command`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    for number in 1...6 {
      let input = #"{"side":"sell","amount":{"asset":"DUC/2","minor":\#(100_000 * number)},"level":0}"#
      _ = try server.decide("bridge.quote", input)
    }
    let changed = try candidate()
    var files = JSON.Object()
    for path in try FileManager.default.subpathsOfDirectory(atPath: changed).sorted() where path.hasSuffix(".lua") {
      files.append(path, .string(try String(contentsOfFile: changed + "/" + path, encoding: .utf8)))
    }
    let body: JSON = ["candidate": ["files": .object(files)]]
    let order = try scratch.write("order.json", body.text)
    let authorization = try server.authorization(scratch)
    let begun = try server.ask(
      authorization + ["--data-binary", "@" + order, "http://\(server.api)/v1/backtests"])
    #expect(begun.status == 202, "\(begun.json)")
    let id = try #require(begun.json["id"]?.string)
    var json = JSON.null
    for _ in 0..<600 {
      json = try server.ask(authorization + ["http://\(server.api)/v1/backtests/\(id)"]).json
      if json["state"] != "running" { break }
      Thread.sleep(forTimeInterval: 0.05)
    }
    #expect(json["state"] == "done")
    let command = try backtest(changed, "--format", "json").json()
    for member in ["classes", "fields", "money", "clusters", "points", "coverage"] {
      #expect(json["report"]?[member] == command[member], "\(member)")
    }
    #expect(try server.ask(authorization + ["-X", "DELETE", "http://\(server.api)/v1/backtests/\(id)"]).status == 200)
    #expect(server.stop() == 0)
  }
}
