internal import Core

extension BacktestReport {
  /// The report as one page without scripts, which can be printed. O(size).
  package func html(_ view: BacktestView = BacktestView(), elapsed: Int64) -> String {
    let json = json(view, elapsed: elapsed)
    var body = "<h1>What this change would have done</h1>\n"
    let period = "\(Self.grouped(selected)) recorded decisions, \(periodText), compared with \(baselineText)."
    body += "<p>\(HTMLText.escaped(period)) Each is run by itself, with what the host answered then.</p>\n"
    body += "<p>Candidate <code>\(HTMLText.escaped(heading.candidate))</code></p>\n"
    body += "<p><strong>\(HTMLText.escaped(classesText))</strong>. "
    body += "\(Self.grouped(affectedSubjects)) citizens get something else.</p>\n"
    body += Self.table("Where the two part", ["line", "before", "after", "decision", "", "decisions"], clusterRows)
    body += Self.table("Money", ["from", "to", "before", "after", "difference", "transfers"], moneyRows)
    body += Self.table("Fields", ["decision", "field", "decisions", "sum before", "sum after"], fieldRows)
    body += Self.table("Decisions", ["decision", "outcome", "cost before", "cost after"], pointRows)
    body += examples(json)
    let rules = (view.gate?.rules(for: self) ?? []).map {
      [$0.name, $0.limit.text, $0.value.text, $0.isWithin ? "within" : "beyond"]
    }
    body += Self.table("Gate", ["limit", "at most", "came out", ""], rules)
    body += "<p>Digest <code>\(HTMLText.escaped(json["digest"]?.string ?? ""))</code></p>\n"
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><title>What this change would have done</title>
      <style>
      body { font: 16px/1.5 serif; margin: 2em auto; max-width: 60em; padding: 0 1em }
      table { border-collapse: collapse; margin: 1em 0; width: 100% }
      th, td { border-bottom: 1px solid #999; padding: .3em .6em; text-align: left; vertical-align: top }
      code, pre { font: 13px/1.4 monospace; overflow-wrap: anywhere; white-space: pre-wrap }
      @media print { body { margin: 0; max-width: none } }
      </style></head><body>
      \(body)</body></html>

      """
  }

  private static func table(_ title: String, _ head: [String], _ rows: [[String]]) -> String {
    if rows.isEmpty { return "" }
    func line(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(HTMLText.escaped($0))</\(tag)>" }.joined() + "</tr>\n"
    }
    return "<h2>\(HTMLText.escaped(title))</h2>\n<table>\n" + line(head, "th") + rows.map { line($0, "td") }.joined()
      + "</table>\n"
  }

  private var clusterRows: [[String]] {
    largestClusters.map { key, cluster in
      [
        "\(key.file):\(key.line)", cluster.values?.before ?? "", cluster.values?.after ?? "", key.point, key.kind.words,
        Self.grouped(cluster.flips),
      ]
    }
  }

  private var moneyRows: [[String]] {
    money.sorted { $0.key < $1.key }.map { flow, change in
      [
        flow.from, flow.to, Self.amount(change.before, flow.asset), Self.amount(change.after, flow.asset),
        Self.amount(change.after.minus(change.before), flow.asset), Self.grouped(change.transfers),
      ]
    }
  }

  private var fieldRows: [[String]] {
    fields.sorted { $0.key < $1.key }.map { field, change in
      [
        field.point, field.path, Self.grouped(change.flips), change.isNumber ? change.before.json.text : "",
        change.isNumber ? change.after.json.text : "",
      ]
    }
  }

  private var pointRows: [[String]] {
    pointNames.map { name in
      let point = points[name] ?? Point()
      let outcomes = BacktestClass.allCases.compactMap { kind in
        point.classes[kind].map { "\(Self.grouped($0)) \(kind.words)" }
      }
      return [name, outcomes.joined(separator: ", "), Self.cost(point.fuelBefore), Self.cost(point.fuelAfter)]
    }
  }

  private static func cost(_ figures: FuelFigures) -> String {
    figures.count == 0 ? "" : "\(figures.quantile(50)) median, \(figures.most) at most"
  }

  private func examples(_ json: JSON) -> String {
    var out = ""
    for cluster in (json["clusters"]?.array ?? []).prefix(20) {
      for example in cluster["examples"]?.array ?? [] {
        let place = "\(cluster["file"]?.string ?? ""):\(cluster["line"]?.integer ?? 0)"
        out += "<h3>\(HTMLText.escaped("\(place), \(cluster["point"]?.string ?? "")"))</h3>\n<pre>"
        for part in ["input", "before", "after"] {
          out += HTMLText.escaped("\(part): \(example[part]?.text ?? "")") + "\n"
        }
        out += "</pre>\n"
      }
    }
    return out.isEmpty ? "" : "<h2>Examples</h2>\n" + out
  }
}
