import Foundation

/// Single decisions over HTTP on one core, against nginx with its Lua module, which keeps no record; then with records.
enum PortAgainstNginx {
  private static let connections = 32

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let script = try work.write("single.lua", Question.script)
    let cascade = try Servers.cascadeOnOneCore(settings, work, records: "effects")
    defer { cascade.stop() }
    let recording = try Servers.cascadeOnOneCore(settings, work, records: "all")
    defer { recording.stop() }
    let nginx = try Servers.nginx(settings, work)
    defer { nginx.stop() }
    var (ours, recorded, peers): ([Load], [Load], [Load]) = ([], [], [])
    // The first round warms both up.
    for round in 0...settings.rounds {
      let loads = try [cascade, recording, nginx].map { try load($0, script) }
      if round == 0 { continue }
      ours.append(loads[0])
      recorded.append(loads[1])
      peers.append(loads[2])
    }
    let ratio = zip(ours, peers).map { $0.requestsPerSecond / $1.requestsPerSecond }.median
    let cost = zip(ours, peers).map { $0.microsecondsPerRequest / $1.microsecondsPerRequest }.median
    return [
      Row(
        what: "decisions a second over HTTP, one core", cascade: ours.map(\.requestsPerSecond).median.text(),
        other: peers.map(\.requestsPerSecond).median.text() + " nginx and its Lua module", ratio: ratio.text(2),
        aim: "≥ 1.0", isMet: ratio >= 1),
      Row(
        what: "processor time of each, µs", cascade: ours.map(\.microsecondsPerRequest).median.text(1),
        other: peers.map(\.microsecondsPerRequest).median.text(1) + " nginx and its Lua module",
        ratio: cost.text(2), aim: ""),
      Row(
        what: "the same, every decision kept on record",
        cascade: recorded.map(\.requestsPerSecond).median.text(), aim: ""),
    ]
  }

  private static func load(_ server: Server, _ script: String) throws -> Load {
    try LoadGenerator.load(server, script: script, connections: connections, seconds: 2)
  }
}
