import Foundation

/// Batches over HTTP on one core, without and with records, in turns.
enum Batches {
  private static let lines = 2_000
  private static let aim = 500_000.0

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let script = try work.write("batch.lua", Question.batchScript(lines: lines))
    let servers = try ["effects", "all"].map { try Servers.cascadeOnOneCore(settings, work, records: $0) }
    defer { servers.forEach { $0.stop() } }
    var loads = Loads(count: servers.count)
    for round in 0...settings.rounds {
      let turn = try servers.map { try LoadGenerator.load($0, script: script, connections: 2, seconds: 2) }
      if round > 0 { loads.append(turn) }
    }
    let (rate, kept) = (loads.rate(0) * Double(lines), loads.ratio(1, to: 0))
    return [
      Row(
        what: "decisions a second in batches of \(lines) lines, one core", cascade: rate.text(),
        ratio: (rate / aim).text(2), aim: "≥ \(aim.text())", isMet: rate >= aim),
      Row(what: "processor time of each, µs", cascade: (loads.cost(0) / Double(lines)).text(2), aim: ""),
      Row(
        what: "the same, every decision kept on record", cascade: (loads.rate(1) * Double(lines)).text(),
        other: rate.text() + " without records", ratio: kept.text(2), aim: "≥ 0.85", isMet: kept >= 0.85),
      Row(what: "processor time of each, µs", cascade: (loads.cost(1) / Double(lines)).text(2), aim: ""),
    ]
  }
}
