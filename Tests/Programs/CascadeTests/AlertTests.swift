import Core
import Foundation
import Testing

/// The alerts that are shipped for a host: Prometheus takes them, each fires, and what they look at is always there.
struct AlertTests {
  private static let folder = Program.package.appending(path: ".packaging")

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  /// The values of all lines of the form `KEY: VALUE`.
  private static func values(_ key: String, in text: String) -> [String] {
    text.split(separator: "\n").compactMap { line -> String? in
      guard let found = line.firstRange(of: "\(key): ") else { return nil }
      return String(line.suffix(from: found.upperBound).prefix { $0 != "," })
    }
  }

  @Test func `Prometheus takes the alerts, and each is silent while all is well and fires on its failure`() throws {
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]] {
      let ending = try Program.run(arguments, in: Self.folder, executable: "/usr/bin/promtool")
      #expect(ending.code == 0, "\(ending.out)\(ending.error)")
    }
    let alerts = Self.values("- alert", in: try Self.text("alerts.yml"))
    let tested = Self.values("    alertname", in: try Self.text("alerts.test.yml"))
    #expect(alerts.count > 10 && alerts == tested)
  }

  @Test func `Prometheus finds nothing to say against the metrics, before and after something happened`() async throws {
    let setting = try SelfAwareHost(["--lanes", "1", "--awareness", "1"])
    func check() throws {
      let metrics = try setting.server.text(["http://\(setting.server.api)/metrics"])
      #expect(metrics.contains("\ncascade_rulebook_generation "))
      let ending = try Program.run(["check", "metrics"], input: metrics, executable: "/usr/bin/promtool")
      #expect(ending.code == 0 && ending.out.isEmpty && ending.error.isEmpty, "\(ending.out)\(ending.error)")
    }
    try check()
    _ = try setting.decide()
    _ = try setting.server.ask(["-d", "no JSON", "http://\(setting.server.decisions)/v1/decisions/tier.assign"])
    try await setting.wait { try setting.sample(#"cascade_awareness{part="coverage"}"#).map { $0 > 0 } ?? false }
    try check()
    #expect(setting.server.stop() == 0)
  }

  @Test func `what the alerts look at is there before anything happens, and a part that fails shows`() async throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--no-specs"])
    let metrics = try server.text(["http://\(server.api)/metrics"])
    let words = Self.values("expr", in: try Self.text("alerts.yml"))
      .flatMap { $0.split { !$0.isLetter && !$0.isNumber && $0 != "_" } }
    let names = Set(words.filter { $0.hasPrefix("cascade_") || $0.hasPrefix("process_") })
    #expect(names.count > 10)
    for name in names {
      #expect(metrics.contains("\n\(name) ") || metrics.contains("\n\(name){"), "\(name) has no sample at the start")
    }
    let parts = [
      "ledger", "records", "revocations", "rulebook", "keys", "checkpoints", "sessions", "payments", "graph",
    ]
    for part in parts { #expect(metrics.contains("cascade_part_works{part=\"\(part)\"} 1\n"), "\(part)") }
    for reading in ["cascade_sessions 0\n", "cascade_outbox_waiting 0\n", "cascade_outbox_oldest_seconds 0\n"] {
      #expect(metrics.contains(reading))
    }
    #expect(try server.curl(["http://\(server.api)/health/ready"])["status"] == "ready")

    try scratch.write("data/keys/ring.json", "no ring")
    var ready = JSON.null
    for _ in 0..<600 {
      ready = try server.curl(["http://\(server.api)/health/ready"])
      if ready["status"] != "ready" { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    #expect(ready["status"] == "degraded" && ready["reason"]?.string?.hasPrefix("keys: ") == true, "\(ready.text)")
    #expect(try server.text(["http://\(server.api)/metrics"]).contains("cascade_part_works{part=\"keys\"} 0\n"))
    #expect(server.stop() == 0)
  }
}
