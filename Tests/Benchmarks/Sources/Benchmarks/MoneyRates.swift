import Foundation

/// What the money routes answer a second, with a Stripe that costs no time of its own.
enum MoneyRates {
  private static let seconds = 5

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let load = URL(fileURLWithPath: settings.cascade).deletingLastPathComponent().path + "/MoneyLoad"
    var figures: [String: [Double]] = [:]
    for round in 0..<min(settings.rounds, 3) {
      let text = try Program.run(
        load, [settings.cascade, settings.rulebook, work.file("money-\(round)"), String(seconds)], anyStatus: true)
      guard let line = text.split(separator: "\n").last,
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Double]
      else { throw BenchmarkError("\(load) says no figures:\n\(text)") }
      for (name, figure) in object { figures[name, default: []].append(figure) }
    }
    let rows = [
      ("quotes_per_second", "quotes a second over the API port, for nobody"),
      ("citizen_quotes_per_second", "quotes a second, for a citizen who is measured first"),
      ("payments_per_second", "payments a second, from the order to the ducats"),
    ]
    return rows.map { name, what in
      let figures = (figures[name] ?? []).sorted()
      return Row(
        what: what, cascade: figures.median.text(),
        other: "\((figures.first ?? 0).text()) to \((figures.last ?? 0).text())", aim: "")
    }
  }
}
