import Core
import Foundation
import Observability
import TestSupport
import Testing

/// The rules by which Prometheus watches over objectives.
struct ObjectiveRulesTests {
  private static let answer: JSON = [
    "days": 30, "failures": ["runtime", "deadline"],
    "points": [
      [
        "point": "bridge.quote", "availability": .double(0.999),
        "latency": ["seconds": .double(0.01), "share": .double(0.99)],
      ]
    ],
    "burns": [
      ["factor": .double(14.4), "long": "1h", "short": "5m", "severity": "page"],
      ["factor": 6, "long": "6h", "short": "30m", "severity": "page"],
      ["factor": 3, "long": "1d", "short": "2h", "severity": "ticket"],
      ["factor": 1, "long": "3d", "short": "6h", "severity": "ticket"],
    ],
  ]

  /// The answer with one member replaced.
  private static func changed(_ name: String, _ value: JSON) -> JSON {
    var object = answer.object ?? JSON.Object()
    object[name] = value
    return .object(object)
  }

  @Test func `each promise is recorded over each window, and each burn of it has an alert`() throws {
    let text = try ObjectiveRules(ServiceObjectives(Self.answer)).text
    let records = text.split(separator: "\n").filter { $0.contains("- record: cascade:bad_share:") }
    // Seven windows and the month, of two promises; 6h is one burn's long window and another one's short one.
    #expect(records.count == 16)
    #expect(text.components(separatedBy: "- alert: CascadeBudgetBurns").count == 9)
    #expect(text.contains("> 0.0144 and "), "14.4 times a thousandth")
    #expect(text.contains(#"outcome=~"runtime|deadline""#))
    #expect(text.contains(#"le="0.01""#))
    #expect(try ObjectiveRules(ServiceObjectives(Self.answer)).text == text)
  }

  private static let faulty: [(String, JSON, String)] = [
    ("days", 0, "days"),
    ("failures", ["crashed"], "'crashed'"),
    ("points", [["point": "a b", "availability": .double(0.9)]], "points[1].point"),
    ("points", [["point": "a", "availability": 1]], "points[1].availability"),
    ("points", [["point": "a", "latency": ["seconds": .double(0.3), "share": .double(0.9)]]], "0.25, 0.5"),
    ("burns", [["factor": 1, "long": "1 hour", "short": "5m", "severity": "page"]], "burns"),
  ]

  @Test(arguments: faulty.indices)
  func `what can't be watched is named`(number: Int) throws {
    let (member, value, word) = Self.faulty[number]
    do {
      _ = try ServiceObjectives(Self.changed(member, value))
      Issue.record("\(member) is taken")
    } catch {
      #expect(error.description.contains(word) || word == "0.25, 0.5" && error.description.contains("latency.seconds"))
    }
  }

  /// Runs promtool on files in a folder of its own; what it said when it isn't content.
  private static func promtool(_ arguments: [String], _ files: [String: String]) throws -> String? {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cascade-objectives-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
    let process = ChildProcess()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["promtool"] + arguments
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? nil : said
  }

  @Test func `Prometheus takes the rules`() throws {
    #expect(
      try Self.promtool(
        ["check", "rules", "rules.yml"], ["rules.yml": try ObjectiveRules(ServiceObjectives(Self.answer)).text]) == nil)
  }

  /// Of each burn: minutes of healthy traffic, the share that fails then, for how long, and the window that calls.
  private static let burns: [(fails: Int, minutes: Int, window: String, isSilent: String)] = [
    // Of 1 000 a minute; a budget is one in a thousand.
    (20, 65, "1h", ""), (8, 400, "6h", "1h"), (4, 1_500, "1d", "6h"), (2, 4_400, "3d", "1d"),
  ]

  @Test(arguments: burns.indices)
  func `a burn of each window calls by that window's rule`(number: Int) throws {
    let burn = Self.burns[number]
    let labels = #"{decision="bridge.quote",outcome="#
    let silent =
      burn.isSilent.isEmpty
      ? ""
      : """
            - expr: 'count(ALERTS{alertname="CascadeBudgetBurns",window="\(burn.isSilent)"}) or vector(0)'
              eval_time: \(burn.minutes)m
              exp_samples: [{labels: '{}', value: 0}]

      """
    let test = """
      rule_files: [rules.yml]
      evaluation_interval: 1m
      tests:
        - interval: 1m
          input_series:
            - series: 'cascade_decision_outcomes_total\(labels)"ok"}'
              values: '0+\(1_000 - burn.fails)x\(burn.minutes)'
            - series: 'cascade_decision_outcomes_total\(labels)"runtime"}'
              values: '0+\(burn.fails)x\(burn.minutes)'
          promql_expr_test:
            - expr: 'count(ALERTS{alertname="CascadeBudgetBurns",window="\(burn.window)",alertstate="firing"})'
              eval_time: \(burn.minutes)m
              exp_samples: [{labels: '{}', value: 1}]
      \(silent)
      """
    let said = try Self.promtool(
      ["test", "rules", "test.yml"],
      ["rules.yml": try ObjectiveRules(ServiceObjectives(Self.answer)).text, "test.yml": test])
    #expect(said == nil)
  }
}
