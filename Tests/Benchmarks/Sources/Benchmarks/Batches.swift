import Foundation

/// Batches over HTTP on one core.
enum Batches {
  private static let lines = 2_000
  private static let aim = 500_000.0

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let (rate, cost) = try measure(settings, work, records: "effects")
    let recorded = try measure(settings, work, records: "all")
    return [
      Row(
        what: "decisions a second in batches of \(lines) lines, one core", cascade: rate.text(),
        ratio: (rate / aim).text(2), aim: "≥ \(aim.text())", isMet: rate >= aim),
      Row(what: "processor time of each, µs", cascade: cost.text(2), aim: ""),
      Row(what: "the same, every decision kept on record", cascade: recorded.rate.text(), aim: ""),
      Row(what: "processor time of each, µs", cascade: recorded.cost.text(2), aim: ""),
    ]
  }

  /// Decisions a second, and the processor time of each in microseconds.
  private static func measure(
    _ settings: Settings, _ work: WorkDirectory, records: String
  ) throws -> (rate: Double, cost: Double) {
    let script = try work.write("batch.lua", Question.batchScript(lines: lines))
    let server = try Servers.cascadeOnOneCore(settings, work, records: records)
    defer { server.stop() }
    var loads: [Load] = []
    for round in 0...settings.rounds {
      let load = try LoadGenerator.load(server, script: script, connections: 2, seconds: 2)
      if round > 0 { loads.append(load) }
    }
    return (
      loads.map(\.requestsPerSecond).median * Double(lines), loads.map(\.microsecondsPerRequest).median / Double(lines)
    )
  }
}
