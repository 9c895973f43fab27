import Foundation

/// From the save of a policy to the first decision by it, beyond the time in which further saves are the same change.
enum ReloadLatency {
  private static let saves = 31
  private static let aim = 20.0
  /// How long a host waits for further saves, in milliseconds: `RulebookWatcher.defaultQuiet`.
  private static let quiet = 200.0

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let rulebook = work.file("rulebook")
    try FileManager.default.createDirectory(atPath: rulebook, withIntermediateDirectories: true)
    for part in ["plugins", "policies"] {
      try FileManager.default.copyItem(atPath: settings.rulebook + "/" + part, toPath: rulebook + "/" + part)
    }
    let server = try Servers.cascade(settings.cascade, rulebook: rulebook, work, ["--watch", "--no-specs"])
    defer { server.stop() }
    let policy = rulebook + "/policies/tiers.lua"
    let source = try String(contentsOfFile: policy, encoding: .utf8)
    guard source.contains(price(0)) else { throw BenchmarkError("\(policy) has no '\(price(0))' to change") }
    let connection = try Connection(port: server.port)
    defer { connection.close() }
    var milliseconds: [Double] = []
    for save in 1...saves {
      usleep(100_000)
      let changed = source.replacingOccurrences(of: price(0), with: price(save))
      let taken = try latency(of: changed, at: policy, expecting: "\(149 + save)", connection)
      milliseconds.append(taken - quiet)
    }
    let ordered = milliseconds.sorted()
    let median = milliseconds.median
    return [
      Row(
        what: "from save to the first decision by the new rule, ms beyond \(quiet.text())", cascade: median.text(1),
        other: "\(ordered[0].text(1)) to \(ordered[saves - 1].text(1))", ratio: (median / aim).text(2),
        aim: "≤ \(aim.text())", isMet: median <= aim)
    ]
  }

  private static func price(_ save: Int) -> String { #"tier = "participant", usd_per_month = \#(149 + save)"# }

  /// Saves as editors do, by a rename, and asks until the answer has the new price.
  private static func latency(
    of source: String, at path: String, expecting price: String, _ connection: Connection
  ) throws -> Double {
    let length = Question.body.utf8.count
    let request = Array(
      "POST \(Question.path) HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: \(length)\r\n\r\n\(Question.body)".utf8)
    let new = path + "~"
    try Data(source.utf8).write(to: URL(fileURLWithPath: new))
    let clock = ContinuousClock()
    let begin = clock.now
    guard rename(new, path) == 0 else { throw BenchmarkError("can't replace \(path)") }
    while clock.now - begin < .seconds(10) {
      let response = try connection.exchange(request)
      guard response.hasPrefix("HTTP/1.1 200") else { throw BenchmarkError("refused:\n\(response)") }
      if response.contains("\"usd_per_month\":\(price)") { return (clock.now - begin) / .milliseconds(1) }
      usleep(200)
    }
    throw BenchmarkError("ten seconds after a save the old rule still decides")
  }
}
