import Foundation

/// What 200 readers of every decision cost a lane, and whether each sees every decision once and in order.
enum StreamReading {
  private static let readers = 200
  /// As many readers as one operator's token may have at once.
  private static let readersOfToken = 16
  private static let decisions = 1_000_000
  private static let aim = 0.8

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let script = try work.write("stream.lua", Question.script)
    let (api, data) = (try Connection.freePort(), work.file("data-stream"))
    let place = ["--api", "127.0.0.1:\(api)", "--data", data]
    let plain = try Servers.cascadeOnOneCore(settings, work, records: "all")
    let server = try Servers.cascadeOnOneCore(settings, work, records: "all", place)
    defer { [plain, server].forEach { $0.stop() } }
    let tokens = try (0..<(readers + readersOfToken - 1) / readersOfToken).map { _ in
      try Program.run(settings.cascade, ["token", "operator", "--data", data])
    }.joined()
    func load(_ server: Server) throws -> Load {
      try LoadGenerator.load(server, script: script, connections: 32, seconds: 5)
    }
    _ = try [plain, server].map(load)
    let before = try LoadGenerator.decisions(api)
    let audience = try StreamAudience(
      settings.streamReaders, port: api, readers: readers, tokens: try work.write("tokens", tokens))
    defer { audience.stop() }
    var loads = Loads(count: 2)
    for _ in 0..<settings.rounds {
      let watched = try load(server)
      let alone = try audience.resting { try load(plain) }
      loads.append([watched, alone])
    }
    try LoadGenerator.batches(server, work, count: decisions - Int(try LoadGenerator.decisions(api) - before))
    let seen = try audience.end(after: try LoadGenerator.decisions(api) - before)
    let ratio = loads.ratio(0, to: 1)
    return [
      Row(
        what: "decisions a second, one core, \(readers) readers of all of them", cascade: loads.rate(0).text(),
        other: loads.rate(1).text() + " without", ratio: ratio.text(2), aim: "≥ \(aim)", isMet: ratio >= aim),
      Row(
        what: "readers that saw every decision once, in order", cascade: "\(seen.complete)",
        other: "of \(seen.least) decisions, \(seen.gaps) gaps, \(seen.reconnects) reconnects",
        ratio: (Double(seen.sameOrder) / Double(readers)).text(2), aim: "all",
        isMet: seen.complete == readers && seen.sameOrder == readers && seen.gaps == 0 && seen.most == seen.least),
    ]
  }
}
