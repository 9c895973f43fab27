import Core
import Decisions
import Foundation
import HTTPTypes
import Hummingbird
import Rulebook
import Synchronization
import Testing

@testable import Server

/// The routes below `/v1/backtests`.
struct BacktestRouteTests {
  @Test func `a candidate that is sent runs in the background, and its report is that of the same backtest elsewhere`()
    async throws
  {
    let fixture = try HistoryFixture()
    try await fixture.decide(40)
    let (path, json) = try await fixture.backtest(["candidate": HistoryFixture.candidate(factor: 4)])
    #expect(json["state"] == "done" && json["compared"] == 40 && json["problem"] == .null)
    let report = try #require(json["report"])
    #expect(report["classes"]?["changed"] == 40 && report["coverage"]?["replayed"] == 40)
    #expect(report["baseline"]?["generation"] == 4)
    let cluster = try #require(report["clusters"]?.array?.first)
    #expect(cluster["file"] == "policies/probe.lua" && cluster["line"] == 3 && cluster["now"] == "4")
    let source = BacktestSource(DecisionRecords(ledger: fixture.store, log: fixture.log.reader), fixture.store)
    let candidate = try RulebookLoader.load(
      RulebookSnapshot(files: HistoryFixture.files(factor: 4).mapValues { Array($0.utf8) }), runSpecs: false)
    let elsewhere = try await Backtest(
      candidate: candidate, archive: RulebookArchive(directory: fixture.directory + "/rulebooks"),
      query: BacktestQuery(), jobs: 3
    ).run(source).json(elapsed: 0)
    #expect(report["digest"] == elsewhere["digest"])
    let told = fixture.news.list.withLock { $0 }
    #expect(told.allSatisfy { path.hasSuffix($0.id.description) })
    #expect(told.last?.json["state"] == "done" && told.first?.json["state"] == "running")
    await fixture.log.close()
  }

  @Test func `flips are listed page by page, by class and decision, the latest first`() async throws {
    let fixture = try HistoryFixture()
    try await fixture.decide(30)
    let (path, json) = try await fixture.backtest(["candidate": HistoryFixture.candidate(factor: 4, limit: 20)])
    #expect(json["report"]?["classes"]?["tightened"] == 10 && json["flips"] == 30 && json["all_flips"] == true)
    var (seen, after, pages) = ([String](), "", 0)
    repeat {
      let page = try await fixture.ask("GET", "\(path)/flips?limit=7\(after)")
      #expect(page.status == 200 && page.json["all"] == true)
      seen += (page.json["flips"]?.array ?? []).compactMap { $0["record"]?.string }
      after = page.json["next"]?.string.map { "&after=\($0)" } ?? ""
      pages += 1
    } while !after.isEmpty
    #expect(seen == fixture.records.map(\.id.description).reversed() && pages == 5)
    let tightened = try await fixture.ask("GET", "\(path)/flips?class=tightened&point=probe.price").json
    #expect(tightened["flips"]?.array?.count == 10 && tightened["next"] == .null)
    let first = try #require(tightened["flips"]?.array?.first)
    #expect(first["input"]?["citizen"] == "subject-1" && first["before"]?["fee"] == 90)
    #expect(first["after"]?["error"]?["reason"] == "too_much")
    #expect(try await fixture.ask("GET", "\(path)/flips?point=no.such").json["flips"] == [])
    for wrong in ["class=odd", "limit=0", "after=7", "after=\(path.suffix(36))", "kind=changed"] {
      #expect(try await fixture.ask("GET", "\(path)/flips?" + wrong).status == 422, "\(wrong)")
    }
    await fixture.log.close()
  }

  @Test func `a candidate that doesn't load is named with file and line before anything runs`() async throws {
    let fixture = try HistoryFixture()
    var files = HistoryFixture.files()
    files["policies/probe.lua"] = "return {\n  factor = = 3,\n}\n"
    let reply = try await fixture.ask(
      "POST", "/v1/backtests",
      ["candidate": ["files": .object(JSON.Object(files.map { ($0, .string($1)) }))]])
    #expect(reply.status == 422 && reply.json["code"] == "load_failed")
    let problem = try #require(reply.json["errors"]?.array?.first)
    #expect(problem["file"] == "policies/probe.lua" && problem["line"] == 2)
    let stray: JSON = ["candidate": ["files": ["rules/probe.lua": "return {}", "../x": ""]]]
    let strays = try await fixture.ask("POST", "/v1/backtests", stray)
    #expect(strays.json["errors"]?.array?.map { $0["file"] } == ["../x", "rules/probe.lua"])
    for candidate in [["generation": 9], ["generation": .string("sha256:" + String(repeating: "0", count: 64))]]
      as [JSON]
    {
      let gone = try await fixture.ask("POST", "/v1/backtests", ["candidate": candidate])
      #expect(gone.status == 422 && gone.json["code"] == "load_failed", "\(gone.text)")
    }
    #expect(fixture.news.list.withLock { $0.isEmpty })
    // What failed holds up nothing.
    #expect(try await fixture.backtest(["candidate": ["generation": 4]]).json["state"] == "done")
    await fixture.log.close()
  }

  @Test(
    arguments: [
      (["candidate": [:]], "candidate"), ([:], "candidate"), (["candidate": ["files": []]], "candidate.files"),
      (["candidate": ["files": ["policies/a.lua": 1]]], "candidate.files"), (["candidate": ["rules": 1]], "candidate"),
      (["candidate": ["generation": 0]], "candidate.generation"),
      (["candidate": ["generation": 4], "speed": 1], "unknown field 'speed'"),
      (["candidate": ["generation": 4], "limit": 0], "limit"),
      (["candidate": ["generation": 4], "since": "x"], "since"),
      (["candidate": ["generation": 4], "points": "a"], "points"),
      (["candidate": ["generation": 4], "mode": "odd"], "mode"),
      (["candidate": ["generation": 4], "redact": ["citizen"]], "redact"),
      (["candidate": ["generation": 4], "gate": ["max": 1]], "gate"),
      (["candidate": ["generation": 4], "subjects": 1], "subjects"),
    ] as [(JSON, String)])
  func `what can't be asked is named by its field`(_ body: JSON, _ named: String) async throws {
    let fixture = try HistoryFixture()
    let reply = try await fixture.ask("POST", "/v1/backtests", body)
    #expect(reply.status == 422 && reply.json["code"] == "invalid_input", "\(reply.text)")
    #expect(reply.json["detail"]?.string?.hasPrefix(named) == true, "\(reply.text)")
    await fixture.log.close()
  }

  @Test func `one runs at a time, and one that is deleted makes room`() async throws {
    let fixture = try HistoryFixture()
    try await fixture.decide(100)
    let first = try await fixture.ask("POST", "/v1/backtests", ["candidate": HistoryFixture.candidate(factor: 9)])
    let path = try #require(first.field("location"))
    let second = try await fixture.ask("POST", "/v1/backtests", ["candidate": ["generation": 4]])
    if second.status != 202 {
      #expect(second.status == 409 && second.json["reason"] == "backtest_running", "\(second.text)")
    }
    #expect(try await fixture.ask("DELETE", path).json == ["id": .string(String(path.suffix(36)))])
    for wanted in ["GET", "DELETE"] { #expect(try await fixture.ask(wanted, path).status == 404) }
    #expect(try await fixture.ask("GET", path + "/flips").status == 404)
    if second.status == 202 { _ = try await fixture.end(of: try #require(second.field("location"))) }
    #expect(try await fixture.backtest(["candidate": ["generation": 4]]).json["report"]?["classes"]?["same"] == 100)
    await fixture.book.stop()
    #expect(try await fixture.ask("POST", "/v1/backtests", ["candidate": ["generation": 4]]).status == 503)
    await fixture.log.close()
  }

  @Test func `what is kept is bounded, and says so`() async throws {
    var limits = BacktestLimits()
    (limits.kept, limits.flips) = (2, 5)
    let fixture = try HistoryFixture(limits: limits)
    try await fixture.decide(12)
    var paths: [String] = []
    for factor in 4...6 {
      let (path, json) = try await fixture.backtest(["candidate": HistoryFixture.candidate(factor: factor)])
      #expect(json["flips"] == 5 && json["all_flips"] == false && json["report"]?["classes"]?["changed"] == 12)
      paths.append(path)
    }
    #expect(try await fixture.ask("GET", paths[0]).status == 404)
    #expect(try await fixture.ask("GET", paths[1] + "/flips").json["all"] == false)
    await fixture.log.close()
  }

  @Test func `decisions with effects are asked for in turn, and there are none here`() async throws {
    let fixture = try HistoryFixture()
    try await fixture.decide(3)
    let body: JSON = ["candidate": ["generation": 4], "mode": "sequential"]
    let report = try #require(try await fixture.backtest(body).json["report"])
    #expect(report["mode"] == "sequential" && report["coverage"]?["selected"] == 0)
    #expect(report["sequential"] == ["model": true, "first_parted": .null])
    let document = try await fixture.api.ask(.get, "/openapi.json").json
    let check = SchemaCheck(components: document["components"]?["schemas"] ?? .null)
    #expect(check.faults(report, ["$ref": "#/components/schemas/BacktestReport"]).isEmpty)
    await fixture.log.close()
  }

  @Test func `only operators ask`() async throws {
    let fixture = try HistoryFixture()
    let id = "018bcfe5-6800-7000-8000-00000000000c"
    for (method, path) in [
      ("POST", "/v1/backtests"), ("GET", "/v1/backtests/\(id)"), ("GET", "/v1/backtests/\(id)/flips"),
      ("DELETE", "/v1/backtests/\(id)"), ("GET", "/v1/records/\(id)/explanation"),
    ] {
      let reply = try await fixture.api.ask(HTTPRequest.Method(rawValue: method) ?? .get, path, [:])
      #expect(reply.status == 401, "\(method) \(path)")
    }
    await fixture.log.close()
  }

  @Test func `what is answered fits its schema`() async throws {
    let fixture = try HistoryFixture()
    try await fixture.decide(3)
    let document = try await fixture.api.ask(.get, "/openapi.json").json
    let check = SchemaCheck(components: document["components"]?["schemas"] ?? .null)
    func faults(_ json: JSON, _ schema: String) -> [String] {
      check.faults(json, ["$ref": .string("#/components/schemas/" + schema)])
    }
    for endpoint in fixture.api.server.endpoints {
      #expect(check.faults(endpoint.answer.example, endpoint.answer.schema).isEmpty, "\(endpoint.path)")
      if let body = endpoint.body { #expect(check.faults(body.example, body.schema).isEmpty, "\(endpoint.path)") }
    }
    let (path, json) = try await fixture.backtest(["candidate": HistoryFixture.candidate(factor: 4)])
    #expect(faults(json, "Backtest").isEmpty, "\(faults(json, "Backtest"))")
    #expect(faults(try await fixture.ask("GET", path + "/flips").json, "Flips").isEmpty)
    for view in ["why", "tree", "lines", "counter"] {
      let told = try await fixture.ask("GET", "/v1/records/\(fixture.records[0].id)/explanation?as=" + view)
      #expect(told.status == 200 && faults(told.json, "Explanation").isEmpty, "\(told.text)")
    }
    await fixture.log.close()
  }
}
