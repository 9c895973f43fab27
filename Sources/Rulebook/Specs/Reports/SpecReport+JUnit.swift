internal import Core

extension SpecReport {
  /// The report as JUnit XML: a `testsuite` for each spec file, in the order the files ran, a
  /// `testcase` for each spec, times in seconds.
  ///
  /// A file that did not load is an `error` in a last suite named `load`. Characters XML 1.0 can't
  /// hold are spelled out (`\x1b`), as even a character reference to them would be malformed.
  package static func junit(_ run: SpecRun) -> String {
    let counts = suiteCounts(run.results, errors: run.loadErrors.count)
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuites name=\"cascade test\" \(counts) time=\"\(seconds(run.durationNanoseconds))\">",
    ]
    for (file, results) in resultsByFile(run.results) {
      lines += suite(file: file, results)
    }
    if !run.loadErrors.isEmpty {
      lines.append("  <testsuite name=\"load\" \(suiteCounts([], errors: run.loadErrors.count)) time=\"0\">")
      lines += run.loadErrors.flatMap(loadErrorCase)
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func resultsByFile(_ results: [SpecResult]) -> [(file: String, results: [SpecResult])] {
    var order: [String] = []
    var groups: [ExactText: [SpecResult]] = [:]
    for result in results {
      if groups[result.file] == nil { order.append(result.file) }
      groups[ExactText(result.file), default: []].append(result)
    }
    return order.map { ($0, groups[$0] ?? []) }
  }

  private static func suite(file: String, _ results: [SpecResult]) -> [String] {
    let time = results.reduce(UInt64(0)) { $0 + $1.durationNanoseconds }
    let attributes = "\(attribute("name", file)) \(suiteCounts(results, errors: 0)) time=\"\(seconds(time))\""
    return ["  <testsuite \(attributes)>"] + results.flatMap(testCase) + ["  </testsuite>"]
  }

  private static func suiteCounts(_ results: [SpecResult], errors: Int) -> String {
    let failed = results.count { $0.status == .failed }
    let pending = results.count { $0.status == .pending }
    return "tests=\"\(results.count + errors)\" failures=\"\(failed)\" errors=\"\(errors)\" skipped=\"\(pending)\""
  }

  private static func testCase(_ result: SpecResult) -> [String] {
    let group = result.path.isEmpty ? result.file : result.path.joined(separator: " › ")
    var attributes = [attribute("classname", group), attribute("name", result.nameWithCase)]
    let message = result.message.map(SpecMessage.init)
    attributes.append(attribute("file", message?.file ?? result.file))
    if let line = message?.line { attributes.append("line=\"\(line)\"") }
    attributes.append("time=\"\(seconds(result.durationNanoseconds))\"")
    let open = "    <testcase " + attributes.joined(separator: " ")

    switch result.status {
    case .passed:
      return [open + "/>"]
    case .pending:
      let reason = result.message.map { " " + attribute("message", $0) } ?? ""
      return [open + ">", "      <skipped\(reason)/>", "    </testcase>"]
    case .failed:
      let text = result.message ?? "failed without a message"
      let seed = result.seed.map { ["seed \($0)"] } ?? []
      let body = ([text] + seed + result.traceback).joined(separator: "\n")
      let failure = problem("failure", message: text, body: body)
      return [open + ">", failure, "    </testcase>"]
    }
  }

  private static func loadErrorCase(_ error: String) -> [String] {
    let file = attribute("name", SpecMessage(error).file ?? "rulebook")
    return [
      "    <testcase classname=\"load\" \(file) time=\"0\">",
      problem("error", message: error, body: error),
      "    </testcase>",
    ]
  }

  private static func problem(_ element: String, message: String, body: String) -> String {
    let first = message.words(at: "\n").first.map { String($0) } ?? ""
    return "      <\(element) \(attribute("message", first))>\(escaped(body, inAttribute: false))</\(element)>"
  }

  private static func attribute(_ name: String, _ value: String) -> String {
    "\(name)=\"\(escaped(value, inAttribute: true))\""
  }

  private static func escaped(_ text: String, inAttribute: Bool) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x26: out += "&amp;"
      case 0x3C: out += "&lt;"
      case 0x3E: out += "&gt;"
      case 0x22: out += inAttribute ? "&quot;" : "\""
      // An XML reader would turn these into spaces or newlines of its own.
      case 0x09, 0x0A: out += inAttribute ? "&#\(scalar.value);" : String(scalar)
      case 0x0D: out += "&#13;"
      case 0..<0x20, 0x7F..<0xA0: out += "\\x" + ReportText.hex(scalar.value, width: 2)
      case 0xFFFE, 0xFFFF: out += "\\u" + ReportText.hex(scalar.value, width: 4)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  private static func seconds(_ nanoseconds: UInt64) -> String {
    ReportText.scaled(nanoseconds, digits: 9)
  }
}
