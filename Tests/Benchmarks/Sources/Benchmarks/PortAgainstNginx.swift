import Foundation

/// Single decisions over HTTP on one core, against nginx with its Lua module.
enum PortAgainstNginx {
  private static let connections = 32

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let script = try work.write("single.lua", Question.script)
    let cascade = try Servers.cascadeOnOneCore(settings, work)
    defer { cascade.stop() }
    let nginx = try Servers.nginx(settings, work)
    defer { nginx.stop() }
    var (ours, peers, ratios): ([Double], [Double], [Double]) = ([], [], [])
    // The first round warms both up.
    for round in 0...settings.rounds {
      let one = try rate(cascade, script)
      let other = try rate(nginx, script)
      if round == 0 { continue }
      ours.append(one)
      peers.append(other)
      ratios.append(one / other)
    }
    let ratio = ratios.median
    return [
      Row(
        what: "decisions a second over HTTP, one core", cascade: ours.median.text(),
        other: peers.median.text() + " nginx and its Lua module", ratio: ratio.text(2), aim: "≥ 1.0",
        isMet: ratio >= 1)
    ]
  }

  private static func rate(_ server: Server, _ script: String) throws -> Double {
    try LoadGenerator.requestsPerSecond(server, script: script, connections: connections, seconds: 2)
  }
}
