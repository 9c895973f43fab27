internal import Core

extension SpecReport {
  /// The report for people: one line `file:line: path › name: text` for each failing spec with its
  /// traceback below, then the count line `12 passed, 0 failed, 1 pending (34 ms)`.
  ///
  /// Files that did not load come first. What rules noted stands under the spec. `verbose` puts every spec, marked ✓ ✗
  /// or –, before that and the coverage of each file after it; the lines that never ran are named either way. ANSI
  /// colours are written only with `colour`. Control characters that come from a rule are spelled out, never passed to
  /// the terminal.
  package static func pretty(_ run: SpecRun, colour: Bool, verbose: Bool) -> String {
    let paint = Paint(isOn: colour)
    var lines: [String] = []
    if verbose {
      lines += run.results.flatMap { [verboseLine($0, paint)] + notes($0, paint) }
      if !lines.isEmpty { lines.append("") }
    }
    lines += run.loadErrors.flatMap { block($0, paint) }
    for result in run.results where result.status == .failed {
      lines += failure(result, paint) + (verbose ? [] : notes(result, paint))
    }
    lines.append(countLine(run, paint))
    if let coverage = run.coverage {
      lines += coverageLines(coverage, verbose: verbose)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func verboseLine(_ result: SpecResult, _ paint: Paint) -> String {
    let title = ReportText.printable(result.title)
    switch result.status {
    case .pending:
      let reason = result.message.map { paint.dim(" (" + ReportText.printable($0) + ")") } ?? ""
      return paint.yellow("–") + " " + title + reason
    case .passed: return paint.green("✓") + " " + title + cost(result, paint)
    case .failed: return paint.red("✗") + " " + title + cost(result, paint)
    }
  }

  /// What the rules of a spec noted.
  private static func notes(_ result: SpecResult, _ paint: Paint) -> [String] {
    result.notes.map { paint.dim("  note " + ReportText.printable($0)) }
  }

  private static func cost(_ result: SpecResult, _ paint: Paint) -> String {
    let duration = ReportText.duration(nanoseconds: result.durationNanoseconds)
    return paint.dim(" (\(duration), fuel \(result.fuel))")
  }

  private static func failure(_ result: SpecResult, _ paint: Paint) -> [String] {
    let message = SpecMessage(result.message ?? "failed without a message")
    let place = [message.file ?? result.file, message.line.map(String.init)].compactMap(\.self)
    let head = place.joined(separator: ":") + ": " + result.title + ": " + message.text
    var lines = [paint.red(ReportText.printable(head))]
    if let seed = result.seed { lines.append("  seed \(seed)") }
    lines += message.rest.map { "  " + ReportText.printable($0) }
    lines += result.traceback.map { paint.dim("  " + ReportText.printable($0)) }
    return lines
  }

  private static func block(_ message: String, _ paint: Paint) -> [String] {
    let lines = message.words(at: "\n")
      .map { ReportText.printable(String($0)) }
    return lines.prefix(1).map { paint.red($0) } + lines.dropFirst().map { "  " + $0 }
  }

  private static func countLine(_ run: SpecRun, _ paint: Paint) -> String {
    let failed = run.count(.failed)
    let pending = run.count(.pending)
    var counts = [
      paint.green("\(run.count(.passed)) passed"),
      failed == 0 ? "0 failed" : paint.red("\(failed) failed"),
      pending == 0 ? "0 pending" : paint.yellow("\(pending) pending"),
    ]
    if !run.loadErrors.isEmpty {
      let noun = run.loadErrors.count == 1 ? "file" : "files"
      counts.append(paint.red("\(run.loadErrors.count) \(noun) not loaded"))
    }
    let duration = ReportText.duration(nanoseconds: run.durationNanoseconds)
    return counts.joined(separator: ", ") + " (\(duration))"
  }

  private static func coverageLines(_ coverage: LineCoverage, verbose: Bool) -> [String] {
    var lines: [String] = []
    if verbose {
      for (file, hits) in coverage.files.sorted(by: { $0.key < $1.key }) {
        lines.append(
          "  " + share(hit: hits.values.count { $0 > 0 }, lines: hits.count) + "  " + ReportText.printable(file.text))
      }
    }
    for (file, hits) in coverage.files.sorted(by: { $0.key < $1.key }) {
      let name = ReportText.printable(file.text)
      let branches = coverage.branches[file] ?? []
      let missed = ranges(hits.filter { $0.value == 0 }.keys.sorted())
      if !missed.isEmpty { lines.append("  never ran: \(name):\(missed)") }
      for branch in branches {
        guard let missed = branch.missed else { continue }
        let text = ReportText.printable(shortened(branch.text))
        lines.append("  \(name):\(branch.line):\(branch.column): \(missed): \(text)")
      }
      let always = ranges(branches.filter(\.isAlwaysRound).map(\.line))
      if !always.isEmpty { lines.append("  'for' never without a round: \(name):\(always)") }
    }
    let ways = coverage.ways == 0 ? "" : ", " + share(hit: coverage.taken, lines: coverage.ways, of: "branches")
    lines.append("coverage " + share(hit: coverage.hit, lines: coverage.lines) + ways)
    return lines
  }

  /// Ascending numbers as people write them: `3, 7-9`.
  private static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ", ")
  }

  private static func share(hit: Int, lines: Int, of what: String = "lines") -> String {
    "\(ReportText.percent(hit: hit, lines: lines)) % (\(hit) of \(lines) \(what))"
  }

  /// As much of a condition as fits behind its place.
  private static func shortened(_ text: String) -> String {
    text.unicodeScalars.count <= 60 ? text : String(text.unicodeScalars.prefix(59)) + "…"
  }
}

/// ANSI colours, or none.
private struct Paint {
  var isOn: Bool

  func red(_ text: String) -> String { wrap(text, "31") }
  func green(_ text: String) -> String { wrap(text, "32") }
  func yellow(_ text: String) -> String { wrap(text, "33") }
  func dim(_ text: String) -> String { wrap(text, "2") }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
