import Foundation

/// What an idle host holds with the shipped rulebook.
enum IdleMemory {
  private static let aim = 30.0

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    var mebibytes: [Double] = []
    for _ in 0..<3 {
      let server = try Servers.cascade(settings.cascade, rulebook: settings.rulebook, work, [])
      sleep(2)
      mebibytes.append(Double(server.residentBytes) / 1_048_576)
      server.stop()
    }
    let median = mebibytes.median
    return [
      Row(
        what: "resident memory of an idle host, MiB", cascade: median.text(1), ratio: (median / aim).text(2),
        aim: "≤ \(aim.text())", isMet: median > 0 && median <= aim)
    ]
  }
}
