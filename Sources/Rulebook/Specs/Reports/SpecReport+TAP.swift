extension SpecReport {
  /// The report in TAP, version 14 (https://testanything.org/tap-version-14-specification.html), of which it uses only
  /// what version 13 has, too; it says 13, since `prove` reads no higher number.
  ///
  /// A pending spec is a skipped test point. A file that did not load is a failing test point after
  /// the specs, so that a consumer can't count the run as good. Failures carry a YAML block.
  package static func tap(_ run: SpecRun) -> String {
    var lines = ["TAP version 13", "1..\(run.results.count + run.loadErrors.count)"]
    var number = 0
    for result in run.results {
      number += 1
      lines += point(result, number: number)
    }
    for error in run.loadErrors {
      number += 1
      let file = SpecMessage(error).file ?? "rulebook"
      lines.append("not ok \(number) - load \(escapedDescription(file))")
      lines += diagnostics(message: error, fallbackFile: nil, more: [])
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func point(_ result: SpecResult, number: Int) -> [String] {
    let title = escapedDescription(result.title)
    switch result.status {
    case .passed:
      return ["ok \(number) - \(title)"]
    case .pending:
      let reason = result.message.map { " " + ReportText.printable($0) } ?? ""
      return ["ok \(number) - \(title) # SKIP\(reason)"]
    case .failed:
      var more = [
        "duration_ms: " + ReportText.scaled(result.durationNanoseconds, digits: 6),
        "fuel: \(result.fuel)",
      ]
      if let seed = result.seed { more.append("seed: \(seed)") }
      if !result.traceback.isEmpty {
        more.append("traceback:")
        more += result.traceback.map { "  - " + ReportText.jsonString($0) }
      }
      let message = result.message ?? "failed without a message"
      return ["not ok \(number) - \(title)"]
        + diagnostics(message: message, fallbackFile: result.file, more: more)
    }
  }

  private static func diagnostics(message: String, fallbackFile: String?, more: [String]) -> [String] {
    let parts = SpecMessage(message)
    var lines = ["message: " + ReportText.jsonString(message), "severity: fail"]
    if let file = parts.file ?? fallbackFile { lines.append("file: " + ReportText.jsonString(file)) }
    if let line = parts.line { lines.append("line: \(line)") }
    return (["---"] + lines + more + ["..."]).map { "  " + $0 }
  }

  /// In a description `#` would begin a directive, and `\` escapes it.
  private static func escapedDescription(_ text: String) -> String {
    var out = ""
    for scalar in ReportText.printable(text).unicodeScalars {
      if scalar == "#" || scalar == "\\" { out += "\\" }
      out.unicodeScalars.append(scalar)
    }
    return out
  }
}
