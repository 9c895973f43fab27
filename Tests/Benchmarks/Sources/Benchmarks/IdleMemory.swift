import Foundation

/// What an idle host holds with the shipped rulebook, over the minute after its start's work is done.
enum IdleMemory {
  private static let aim = 30.0

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    var mebibytes: [Double] = []
    for _ in 0..<2 {
      let server = try Servers.cascade(settings.cascade, rulebook: settings.rulebook, work, [])
      sleep(20)
      for _ in 0..<6 {
        mebibytes.append(Double(server.residentBytes) / 1_048_576)
        sleep(10)
      }
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
