import ArgumentParser
import Core
import Decisions
import Outbound

/// `cascade records`: what a running host has decided.
struct RecordsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "records", abstract: "Lists, removes and recognises the records of decisions.",
    subcommands: [RecordsList.self, RecordsPrune.self, RecordsVerify.self])
}

/// `cascade records list`: the records that a running host has, the latest first.
struct RecordsList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the records of a running host, a line each, the latest first.",
    discussion: "The filters are those of GET /v1/records; of several, a record must fit all.")

  @OptionGroup var host: RunningHost
  @Option(help: "Only of this decision: tier.assign") var point: String?
  @Option(help: "Only about this subject.") var subject: String?
  @Flag(help: "Only those that were refused.") var refused = false
  @Option(help: "Only those that failed for this reason: limit_exceeded") var reason: String?
  @Option(help: "Only from this UTC time on: 2026-11-29, 2026-11-29T15:04, or milliseconds since 1970.")
  var since: String?
  @Option(help: "Only before this UTC time.") var until: String?
  @Option(help: "Only with this member: result.tier=observer") var `where`: String?
  @Option(help: "At most so many.") var limit = 100

  /// A page of the most bytes, and a last record that is as large as any.
  private static let pageBytes = RecordLimits.pageBytes + RecordLimits.parsing.bytes

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit is at least 1") }
    for (option, text) in [("--since", since), ("--until", until)] {
      guard let text, (MinuteText.milliseconds(text) ?? -1) < 0 else { continue }
      throw ValidationError("\(option) is a time such as 2026-11-29T15:04, not '\(text)'")
    }
    if let text = `where`, RecordFilter.Member(text) == nil {
      throw ValidationError("--where is PATH=VALUE, such as result.tier=observer; not '\(text)'")
    }
  }

  func run() async throws {
    var (left, before) = (limit, String?.none)
    while left > 0 {
      let size = ["limit=\(min(left, RecordLimits.pageRecords))"]
      let query = (filters + size + (before.map { ["before=\($0)"] } ?? [])).joined(separator: "&")
      let page = try await host.ask(.get, "/v1/records?" + query, asOperator: true, bytes: Self.pageBytes)
      for record in page["records"]?.array ?? [] { Output.writeLine(record.text) }
      left -= page["records"]?.array?.count ?? 0
      before = page["next"]?.string
      if before == nil { return }
    }
  }

  private var filters: [String] {
    func time(_ text: String?) -> String? { text.flatMap(MinuteText.milliseconds).map { "\($0)" } }
    let given = [
      ("point", point), ("subject", subject), ("refused", refused ? "true" : nil), ("reason", reason),
      ("since", time(since)), ("until", time(until)), ("where", `where`),
    ]
    return given.compactMap { name, value in value.map { "\(name)=\(PercentEncoding.text($0))" } }
  }
}
