extension SpecReport {
  /// The report for programs: one JSON object on one line, always with the same keys in the same
  /// order; what is not known is `null`. Times are in milliseconds, exact to the nanosecond.
  ///
  /// `{"passed","failed","pending","duration_ms","errors":[…],"specs":[…],"coverage":{…}}`, a spec
  /// being `{"file","path","name","status","message","traceback","duration_ms","fuel","seed","case"}` and
  /// coverage `{"lines","hit","percent","branches","taken"}`, of branches each way that they can go.
  package static func json(_ run: SpecRun) -> String {
    let members = [
      ("passed", String(run.count(.passed))),
      ("failed", String(run.count(.failed))),
      ("pending", String(run.count(.pending))),
      ("duration_ms", milliseconds(run.durationNanoseconds)),
      ("errors", ReportText.jsonArray(run.loadErrors)),
      ("specs", "[" + run.results.map(json).joined(separator: ",") + "]"),
      ("coverage", run.coverage.map(json) ?? "null"),
    ]
    return object(members) + "\n"
  }

  private static func json(_ result: SpecResult) -> String {
    object([
      ("file", ReportText.jsonString(result.file)),
      ("path", ReportText.jsonArray(result.path)),
      ("name", ReportText.jsonString(result.name)),
      ("status", ReportText.jsonString(result.status.rawValue)),
      ("message", result.message.map(ReportText.jsonString) ?? "null"),
      ("traceback", ReportText.jsonArray(result.traceback)),
      ("duration_ms", milliseconds(result.durationNanoseconds)),
      ("fuel", String(result.fuel)),
      ("seed", result.seed.map(String.init) ?? "null"),
      ("case", result.place.map(ReportText.jsonString) ?? "null"),
    ])
  }

  private static func json(_ coverage: LineCoverage) -> String {
    object([
      ("lines", String(coverage.lines)),
      ("hit", String(coverage.hit)),
      ("percent", ReportText.percent(hit: coverage.hit, lines: coverage.lines)),
      ("branches", String(coverage.ways)),
      ("taken", String(coverage.taken)),
    ])
  }

  private static func object(_ members: [(name: String, value: String)]) -> String {
    "{" + members.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> String {
    ReportText.scaled(nanoseconds, digits: 6)
  }
}
