import Core
import Foundation
import FoundationXML
import HostileTexts
import LuaRuntime
import Testing

@testable import Rulebook

/// Every report of a run whose names and messages come from somebody who wants to break it.
struct HostileReportTests {
  static let texts = HostileTexts.all + HostileTexts.mixed(seed: 3, count: 60)

  /// A run with `text` wherever a text can stand.
  private func run(_ text: String) -> SpecRun {
    SpecRun(
      results: [
        SpecResult(file: text, path: [text], name: text, status: .passed),
        SpecResult(
          file: text, path: [text], name: text, status: .failed, message: "a.lua:1: " + text, traceback: [text], seed: 7
        ),
        SpecResult(file: text, path: [], name: text, status: .pending, message: text),
      ], loadErrors: [text], coverage: LineCoverage(files: [ExactText(text): [1: 2]]))
  }

  private func drives(_ report: String) -> Bool {
    report.unicodeScalars.contains { VisibleText.isControl($0) && $0 != "\n" && $0 != "\t" }
  }

  @Test(arguments: texts) func `the report for people drives no terminal`(text: String) {
    let report = SpecReport.pretty(run(text), colour: false, verbose: true)
    #expect(!drives(report))
    #expect(report.byteLines.count { $0.begins(with: "1 passed, 1 failed, 1 pending") } == 1)
  }

  @Test(arguments: texts) func `TAP has the points that were run, and no others`(text: String) {
    let report = SpecReport.tap(run(text))
    #expect(!drives(report))
    let lines = report.byteLines
    #expect(lines.first == "TAP version 13" && lines.dropFirst().first == "1..4")
    let points = lines.filter { $0.begins(with: "ok ") || $0.begins(with: "not ok ") }
    #expect(points.count == 4)
    // Whatever else stands in a line of its own is indented, as YAML.
    #expect(lines.dropFirst(2).allSatisfy { $0.isEmpty || $0.begins(with: "  ") || points.contains($0) })
    #expect(lines.count { $0.isSame(as: "  ---") } == 2 && lines.count { $0.isSame(as: "  ...") } == 2)
    // Only what is pending is skipped: an unescaped `#` begins a directive.
    let directives = points.count { point in
      var isEscaped = false
      return point.unicodeScalars.contains { scalar in
        defer { isEscaped = scalar == "\\" && !isEscaped }
        return scalar == "#" && !isEscaped
      }
    }
    #expect(directives == 1)
  }

  @Test(arguments: texts) func `JUnit is XML with the same texts`(text: String) throws {
    let report = SpecReport.junit(run(text))
    let parser = XMLParser(data: .init(report.utf8))
    let reader = ElementReader()
    parser.delegate = reader
    #expect(parser.parse(), "\(report)")
    #expect(reader.names.count { $0 == "testcase" } == 4)
    #expect(reader.names.count { $0 == "failure" } == 1 && reader.names.count { $0 == "skipped" } == 1)
  }

  @Test(arguments: texts) func `JSON is one line with the same texts`(text: String) throws {
    let report = SpecReport.json(run(text))
    #expect(!drives(report) && report.utf8.count { $0 == 0x0A } == 1)
    let limits = JSON.ParsingLimits(takesZeroBytes: true)
    let json = try JSON(parsing: Array(report.utf8.dropLast()), limits: limits)
    #expect(json["specs"]?.array?.first?["name"] == .string(text))
    #expect(json["errors"] == .array([.string(text)]))
  }

  @Test(arguments: texts) func `LCOV has its own lines only`(text: String) {
    let lines = LineCoverage(files: [ExactText(text): [1: 2, 3: 0]]).lcov().byteLines
    #expect(lines.count == 8 && lines[0] == "TN:" && lines[1].begins(with: "SF:"))
    #expect(lines[2...] == ["DA:1,2", "DA:3,0", "LF:2", "LH:1", "end_of_record", ""])
  }

  @Test(arguments: texts) func `the file for editors stays Lua, and each text in its line`(text: String) throws {
    var field = FieldSchema(.options([text, "other"]))
    field.summary = text
    let record = RecordSchema([
      ExactText(text): field, "nested": FieldSchema(.record(RecordSchema([ExactText(text): field]))),
    ])
    let decision = DecisionDefinition(
      name: "a.b", plugin: "a", summary: text, input: record, output: record, uses: [], debits: [],
      isForOperators: false)
    let lines = decision.annotations
    #expect(lines.allSatisfy { $0.isEmpty || $0.begins(with: "---@class ") || $0.begins(with: "---@field ") })
    #expect(!lines.contains { $0.unicodeScalars.contains(where: VisibleText.isControl) })
    #expect(lines.count == 2 * 4 + 3)
    // What stands in quotes is a string of Lua with the text it stands for.
    let machine = try VirtualMachine(VirtualMachine.Configuration())
    let quoted = AnnotationText.quoted(text)
    _ = try machine.compile(path: "a.lua", source: Array(("return " + quoted).utf8))
    let library = EditorTypes.library(decisions: [decision])
    _ = try machine.compile(path: "b.lua", source: Array(library.utf8))
  }

  @Test func `two files whose names a reader holds equal are two suites`() {
    let run = SpecRun(
      results: ["\u{E9}", "e\u{301}"].map { SpecResult(file: $0, path: [], name: "n", status: .passed) })
    #expect(SpecReport.junit(run).pieces(at: "\n").count { $0.begins(with: "  <testsuite ") } == 2)
  }
}

private final class ElementReader: NSObject, XMLParserDelegate {
  var names: [String] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) { names.append(name) }
}
