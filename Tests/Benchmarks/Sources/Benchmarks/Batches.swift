import Foundation

/// Batches over HTTP on one core.
enum Batches {
  private static let lines = 2_000
  private static let aim = 500_000.0

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let script = try work.write("batch.lua", Question.batchScript(lines: lines))
    let server = try Servers.cascadeOnOneCore(settings, work)
    defer { server.stop() }
    var loads: [Load] = []
    for round in 0...settings.rounds {
      let load = try LoadGenerator.load(server, script: script, connections: 2, seconds: 2)
      if round > 0 { loads.append(load) }
    }
    let rate = loads.map(\.requestsPerSecond).median * Double(lines)
    let cost = loads.map(\.microsecondsPerRequest).median / Double(lines)
    return [
      Row(
        what: "decisions a second in batches of \(lines) lines, one core", cascade: rate.text(),
        ratio: (rate / aim).text(2), aim: "≥ \(aim.text())", isMet: rate >= aim),
      Row(what: "processor time of each, µs", cascade: cost.text(2), aim: ""),
    ]
  }
}
