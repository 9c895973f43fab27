import Core
import Testing

@testable import Rulebook

/// Snapshots of every report: the text is the contract, so it is compared byte for byte.
struct SpecReportTests {
  static let file = "plugins/tiers/spec/tiers_spec.lua"

  static let passed = SpecResult(
    file: file, path: ["tier.assign"], name: "gives a nobleman the enterprise tier", status: .passed,
    durationNanoseconds: 412_000, fuel: 1204)
  static let failed = SpecResult(
    file: file, path: ["tier.assign", "for nobody"], name: "says <who> & \"why\" #1", status: .failed,
    message: "\(file):14: expected \"observer\", got nil\u{1B}[2J\nsecond line",
    traceback: ["\(file):14: in function 'check'", "[C]: in ?"],
    durationNanoseconds: 1_250_000, fuel: 90, seed: 18_446_744_073_709_551_615)
  static let pending = SpecResult(
    file: "plugins/bridge/spec/bridge_spec.lua", path: [], name: "rounds up", status: .pending,
    message: "until the charter says so")

  static let mixed = SpecRun(
    results: [passed, failed, pending],
    loadErrors: ["plugins/x/spec/x_spec.lua:3: '=' expected near 'end'"],
    durationNanoseconds: 34_200_000,
    coverage: LineCoverage(files: [
      "plugins/tiers/plugin.lua": [10: 3, 2: 1, 11: 0],
      "plugins/bridge/plugin.lua": [1: 0, 4: 9],
    ]))

  static let good = SpecRun(results: [passed], durationNanoseconds: 400_000)

  @Test func `a good run is one line`() {
    #expect(
      SpecReport.pretty(Self.good, colour: false, verbose: false)
        == "1 passed, 0 failed, 0 pending (0.4 ms)\n")
  }

  @Test func `a run without specs is still counted`() {
    let empty = SpecRun(results: [])
    #expect(
      SpecReport.pretty(empty, colour: false, verbose: true) == "0 passed, 0 failed, 0 pending (0.0 ms)\n")
    #expect(SpecReport.tap(empty) == "TAP version 13\n1..0\n")
    #expect(
      SpecReport.json(empty)
        == #"{"passed":0,"failed":0,"pending":0,"duration_ms":0,"errors":[],"specs":[],"coverage":null}"#
        + "\n")
  }

  @Test func `failures come before the count line`() {
    let expected = #"""
      plugins/x/spec/x_spec.lua:3: '=' expected near 'end'
      plugins/tiers/spec/tiers_spec.lua:14: tier.assign › for nobody › says <who> & "why" #1: expected "observer", got nil\x1b[2J
        seed 18446744073709551615
        second line
        plugins/tiers/spec/tiers_spec.lua:14: in function 'check'
        [C]: in ?
      1 passed, 1 failed, 1 pending, 1 file not loaded (34 ms)
        never ran: plugins/bridge/plugin.lua:1
        never ran: plugins/tiers/plugin.lua:11
      coverage 60 % (3 of 5 lines)

      """#
    #expect(SpecReport.pretty(Self.mixed, colour: false, verbose: false) == expected)
  }

  @Test func `verbose lists every spec and every covered file`() {
    let expected = #"""
      ✓ tier.assign › gives a nobleman the enterprise tier (0.4 ms, fuel 1204)
      ✗ tier.assign › for nobody › says <who> & "why" #1 (1.3 ms, fuel 90)
      – rounds up (until the charter says so)

      """#
    let report = SpecReport.pretty(Self.mixed, colour: false, verbose: true)
    #expect(report.hasPrefix(expected + "\n"))
    let coverage = """
        50 % (1 of 2 lines)  plugins/bridge/plugin.lua
        66.66 % (2 of 3 lines)  plugins/tiers/plugin.lua
        never ran: plugins/bridge/plugin.lua:1
        never ran: plugins/tiers/plugin.lua:11
      coverage 60 % (3 of 5 lines)

      """
    #expect(report.hasSuffix(coverage))
  }

  @Test func `colours are written only when asked for`() {
    #expect(
      SpecReport.pretty(Self.good, colour: true, verbose: true)
        == "\u{1B}[32m✓\u{1B}[0m tier.assign › gives a nobleman the enterprise tier"
        + "\u{1B}[2m (0.4 ms, fuel 1204)\u{1B}[0m\n\n"
        + "\u{1B}[32m1 passed\u{1B}[0m, 0 failed, 0 pending (0.4 ms)\n")
    let plain = SpecReport.pretty(Self.mixed, colour: false, verbose: true)
    #expect(!plain.contains("\u{1B}"))
  }

  @Test func `a failure without a location is laid at the spec file`() {
    var result = Self.failed
    result.message = "out of fuel: limit 100"
    result.traceback = []
    result.seed = nil
    let report = SpecReport.pretty(SpecRun(results: [result]), colour: false, verbose: false)
    #expect(report.hasPrefix("\(Self.file): tier.assign › for nobody › says"))
    #expect(report.contains(": out of fuel: limit 100\n"))
  }

  @Test func `the JSON report is one exact object`() {
    let expected = #"""
      {"passed":1,"failed":1,"pending":1,"duration_ms":34.2,\#
      "errors":["plugins/x/spec/x_spec.lua:3: '=' expected near 'end'"],"specs":[\#
      {"file":"plugins/tiers/spec/tiers_spec.lua","path":["tier.assign"],\#
      "name":"gives a nobleman the enterprise tier","status":"passed","message":null,\#
      "traceback":[],"duration_ms":0.412,"fuel":1204,"seed":null,"case":null},\#
      {"file":"plugins/tiers/spec/tiers_spec.lua","path":["tier.assign","for nobody"],\#
      "name":"says <who> & \"why\" #1","status":"failed",\#
      "message":"plugins/tiers/spec/tiers_spec.lua:14: expected \"observer\", got nil\u001b[2J\nsecond line",\#
      "traceback":["plugins/tiers/spec/tiers_spec.lua:14: in function 'check'","[C]: in ?"],\#
      "duration_ms":1.25,"fuel":90,"seed":18446744073709551615,"case":null},\#
      {"file":"plugins/bridge/spec/bridge_spec.lua","path":[],"name":"rounds up","status":"pending",\#
      "message":"until the charter says so","traceback":[],"duration_ms":0,"fuel":0,"seed":null,"case":null}],\#
      "coverage":{"lines":5,"hit":3,"percent":60,"branches":0,"taken":0}}

      """#
    #expect(SpecReport.json(Self.mixed) == expected)
  }

  @Test func `the TAP report skips pending specs and fails files that did not load`() {
    let expected = ##"""
      TAP version 13
      1..4
      ok 1 - tier.assign › gives a nobleman the enterprise tier
      not ok 2 - tier.assign › for nobody › says <who> & "why" \#1
        ---
        message: "plugins/tiers/spec/tiers_spec.lua:14: expected \"observer\", got nil\u001b[2J\nsecond line"
        severity: fail
        file: "plugins/tiers/spec/tiers_spec.lua"
        line: 14
        duration_ms: 1.25
        fuel: 90
        seed: 18446744073709551615
        traceback:
          - "plugins/tiers/spec/tiers_spec.lua:14: in function 'check'"
          - "[C]: in ?"
        ...
      ok 3 - rounds up # SKIP until the charter says so
      not ok 4 - load plugins/x/spec/x_spec.lua
        ---
        message: "plugins/x/spec/x_spec.lua:3: '=' expected near 'end'"
        severity: fail
        file: "plugins/x/spec/x_spec.lua"
        line: 3
        ...

      """##
    #expect(SpecReport.tap(Self.mixed) == expected)
  }

  @Test func `the JUnit report escapes what XML can't hold`() {
    let expected = #"""
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="cascade test" tests="4" failures="1" errors="1" skipped="1" time="0.0342">
        <testsuite name="plugins/tiers/spec/tiers_spec.lua" tests="2" failures="1" errors="0" skipped="0" time="0.001662">
          <testcase classname="tier.assign" name="gives a nobleman the enterprise tier" file="plugins/tiers/spec/tiers_spec.lua" time="0.000412"/>
          <testcase classname="tier.assign › for nobody" name="says &lt;who&gt; &amp; &quot;why&quot; #1" file="plugins/tiers/spec/tiers_spec.lua" line="14" time="0.00125">
            <failure message="plugins/tiers/spec/tiers_spec.lua:14: expected &quot;observer&quot;, got nil\x1b[2J">plugins/tiers/spec/tiers_spec.lua:14: expected "observer", got nil\x1b[2J
      second line
      seed 18446744073709551615
      plugins/tiers/spec/tiers_spec.lua:14: in function 'check'
      [C]: in ?</failure>
          </testcase>
        </testsuite>
        <testsuite name="plugins/bridge/spec/bridge_spec.lua" tests="1" failures="0" errors="0" skipped="1" time="0">
          <testcase classname="plugins/bridge/spec/bridge_spec.lua" name="rounds up" file="plugins/bridge/spec/bridge_spec.lua" time="0">
            <skipped message="until the charter says so"/>
          </testcase>
        </testsuite>
        <testsuite name="load" tests="1" failures="0" errors="1" skipped="0" time="0">
          <testcase classname="load" name="plugins/x/spec/x_spec.lua" time="0">
            <error message="plugins/x/spec/x_spec.lua:3: '=' expected near 'end'">plugins/x/spec/x_spec.lua:3: '=' expected near 'end'</error>
          </testcase>
        </testsuite>
      </testsuites>

      """#
    #expect(SpecReport.junit(Self.mixed) == expected)
  }

  @Test func `LCOV names files and lines in order`() {
    let expected = """
      TN:
      SF:plugins/bridge/plugin.lua
      DA:1,0
      DA:4,9
      LF:2
      LH:1
      end_of_record
      TN:
      SF:plugins/tiers/plugin.lua
      DA:2,1
      DA:10,3
      DA:11,0
      LF:3
      LH:2
      end_of_record

      """
    #expect(Self.mixed.coverage?.lcov() == expected)
  }

  @Test func `lines that never ran are named in ranges`() {
    let coverage = LineCoverage(files: ["a.lua": [1: 0, 3: 0, 4: 0, 5: 0, 6: 1, 8: 0], "b.lua": [1: 2]])
    let run = SpecRun(results: [Self.passed], durationNanoseconds: 400_000, coverage: coverage)
    let lines = SpecReport.pretty(run, colour: false, verbose: false).split(separator: "\n").map { String($0) }
    #expect(lines.filter { $0.contains("never ran") } == ["  never ran: a.lua:1, 3-5, 8"])
  }

  @Test func `coverage says 100 percent only when every line ran`() {
    var hits = Dictionary(uniqueKeysWithValues: (1...100_000).map { ($0, UInt64(1)) })
    hits[7] = 0
    let almost = LineCoverage(files: ["a.lua": hits])
    #expect(ReportText.percent(hit: almost.hit, lines: almost.lines) == "99.99")
    #expect(LineCoverage(files: [:]).ratio == 1)
    #expect(LineCoverage(files: ["a.lua": [1: 0, 2: 4]]).ratio == 0.5)
  }

  @Test(
    arguments: [
      (0, "0.0 ms"), (49_999, "0.0 ms"), (50_000, "0.1 ms"), (9_949_999, "9.9 ms"), (9_950_000, "10 ms"),
      (999_499_999, "999 ms"), (9_999_499_999, "9999 ms"), (9_999_500_000, "10.0 s"), (61_250_000_000, "61.3 s"),
    ] as [(UInt64, String)])
  func `durations are rounded for people`(nanoseconds: UInt64, text: String) {
    #expect(ReportText.duration(nanoseconds: nanoseconds) == text)
  }

  @Test func `a message is taken apart at its location`() {
    #expect(SpecMessage("a.lua:4: b: c:5: d\ne\n").file == "a.lua")
    #expect(SpecMessage("a.lua:4: b: c:5: d\ne\n").line == 4)
    #expect(SpecMessage("a.lua:4: b: c:5: d\ne\n").text == "b: c:5: d")
    #expect(SpecMessage("a.lua:4: b\ne\n").rest == ["e"])
    for plain in ["", ":", ":4: x", "a:b", "a: b:4: c", "a:4", "a:99999999999999999999: x"] {
      #expect(SpecMessage(plain).file == nil)
      #expect(SpecMessage(plain).text == plain)
    }
  }
}
