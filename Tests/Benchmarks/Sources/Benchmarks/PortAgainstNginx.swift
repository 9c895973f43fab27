import Foundation

/// Single decisions over HTTP on one core, against nginx with its Lua module: without records on either side, and with
/// every decision kept by both.
enum PortAgainstNginx {
  private static let connections = 32

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let script = try work.write("single.lua", Question.script)
    let servers = try [
      Servers.cascadeOnOneCore(settings, work, records: "effects"),
      Servers.cascadeOnOneCore(settings, work, records: "all"),
      Servers.nginx(settings, work, logs: false), Servers.nginx(settings, work, logs: true),
    ]
    defer { servers.forEach { $0.stop() } }
    var loads = Loads(count: servers.count)
    // The first round warms them up.
    for round in 0...settings.rounds {
      let turn = try servers.map {
        try LoadGenerator.load($0, script: script, connections: connections, seconds: 2)
      }
      if round > 0 { loads.append(turn) }
    }
    return rows(loads)
  }

  private static func rows(_ loads: Loads) -> [Row] {
    let (plain, logged, kept) = (loads.ratio(0, to: 2), loads.ratio(1, to: 3), loads.ratio(1, to: 0))
    return [
      Row(
        what: "decisions a second over HTTP, one core, no records", cascade: loads.rate(0).text(),
        other: loads.rate(2).text() + " nginx and its Lua module", ratio: plain.text(2), aim: "≥ 0.9",
        isMet: plain >= 0.9),
      Row(
        what: "processor time of each, µs", cascade: loads.cost(0).text(1),
        other: loads.cost(2).text(1) + " nginx and its Lua module",
        ratio: (loads.cost(0) / loads.cost(2)).text(2), aim: ""),
      Row(
        what: "the same, every decision kept on record", cascade: loads.rate(1).text(),
        other: loads.rate(3).text() + " nginx, body and answer logged", ratio: logged.text(2), aim: "≥ 1.0",
        isMet: logged >= 1),
      Row(
        what: "processor time of each, µs", cascade: loads.cost(1).text(1),
        other: loads.cost(3).text(1) + " nginx, body and answer logged",
        ratio: (loads.cost(1) / loads.cost(3)).text(2), aim: ""),
      Row(
        what: "with records against without", cascade: loads.rate(1).text(), other: loads.rate(0).text(),
        ratio: kept.text(2), aim: "≥ 0.85", isMet: kept >= 0.85),
    ]
  }
}
