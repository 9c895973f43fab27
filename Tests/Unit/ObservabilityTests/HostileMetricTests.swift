import Core
import HostileTexts
import Metrics
@testable import Observability
import Testing

/// Metrics whose names, labels and help texts come from somebody who wants to break them.
struct HostileMetricTests {
  static let texts = HostileTexts.all + HostileTexts.mixed(seed: 13, count: 60)

  /// A label's value as Prometheus reads it: the three escapes turned back.
  private func value(_ quoted: Substring) -> String? {
    var out = ""
    var isEscaped = false
    for scalar in quoted.unicodeScalars {
      if isEscaped {
        guard ["n", "\\", "\""].contains(scalar) else { return nil }
        out.unicodeScalars.append(scalar == "n" ? "\n" : scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        if scalar == "\"" || scalar == "\n" { return nil }
        out.unicodeScalars.append(scalar)
      }
    }
    return isEscaped ? nil : out
  }

  @Test(arguments: texts) func `a label's value is one line and comes back as it was`(text: String) throws {
    let metrics = PrometheusMetrics()
    metrics.describe("plain", text)
    Counter(label: "plain", dimensions: [("label", text)], factory: metrics).increment()
    let lines = metrics.render().byteLines
    let samples = lines.filter { $0.begins(with: "plain_total") }
    #expect(samples.count == 1)
    let inner = try #require(samples.first?.rest(behind: "plain_total{label=\""))
    #expect(inner.ends(with: "\"} 1"))
    #expect(value(Substring(inner.unicodeScalars.dropLast(4)))?.isSame(as: text) == true, "\(samples)")
    #expect(lines.count { $0.begins(with: "# HELP plain_total ") } == 1)
    let known = ["# HELP ", "# TYPE ", "plain_total", "process_", "cascade_"]
    #expect(lines.allSatisfy { line in line.isEmpty || known.contains { line.begins(with: $0) } })
  }

  @Test(arguments: texts) func `a name has the characters of a name`(text: String) {
    let metrics = PrometheusMetrics()
    Gauge(label: "x" + text, dimensions: [("y" + text, "v")], factory: metrics).record(1)
    let samples = metrics.render().byteLines.filter { $0.begins(with: "x") }
    #expect(samples.count == 1)
    let isWord = { (byte: UInt8) in
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:{}=\" ".utf8.contains(byte)
    }
    #expect(samples.allSatisfy { $0.utf8.allSatisfy(isWord) }, "\(samples)")
  }

  @Test func `values of other bytes are other series`() {
    let metrics = PrometheusMetrics()
    for text in ["\u{E9}", "e\u{301}", "K", "\u{212A}"] {
      Counter(label: "c", dimensions: [("n", text)], factory: metrics).increment()
    }
    #expect(metrics.render().byteLines.count { $0.begins(with: "c_total{") } == 4)
  }
}
