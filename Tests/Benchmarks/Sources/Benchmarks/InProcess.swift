import Foundation

/// One decision in process, against the same rule on stock Lua without limits.
enum InProcess {
  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let input = try work.write("input.json", Question.input)
    var (ours, plain, ratios): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<settings.rounds {
      let one = try cascade(settings, input)
      let other = try limit(settings, input)
      ours.append(one)
      plain.append(other)
      ratios.append(one / other)
    }
    let ratio = ratios.median
    return [
      Row(
        what: "a decision in process, ns", cascade: ours.median.text(),
        other: plain.median.text() + " plain C++ and Lua", ratio: ratio.text(2), aim: "≤ 1.5", isMet: ratio <= 1.5)
    ]
  }

  private static func cascade(_ settings: Settings, _ input: String) throws -> Double {
    let text = try Program.run(
      settings.cascade,
      ["bench", Question.point, "--rulebook", settings.rulebook, "-i", input, "--seconds", "1", "--format", "json"],
      core: Program.serverCore)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    guard let figures = object?["nanoseconds"] as? [String: Any], let median = figures["p50"] as? NSNumber else {
      throw BenchmarkError("cascade bench says: \(text)")
    }
    return median.doubleValue
  }

  private static func limit(_ settings: Settings, _ input: String) throws -> Double {
    let text = try Program.run(
      settings.plainDecision, [settings.rulebook, Question.plugin, Question.point, input, "1"],
      core: Program.serverCore)
    guard let median = text.split(separator: " ").first.flatMap({ Double($0) }) else {
      throw BenchmarkError("PlainDecision says: \(text)")
    }
    return median
  }
}
