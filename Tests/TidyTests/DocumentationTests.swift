import Testing

/// Holds README and articles against the sources they describe.
struct DocumentationTests {
  private static let repository = TidyTests.repository
  private static let catalog = "Sources/cascade/Documentation.docc/"

  private static func article(_ name: String) -> String { repository.text(of: catalog + name + ".md") }

  /// The cells of the rows of all tables in a text, the first of which begins with a back tick.
  private static func rows(_ text: String) -> [[String]] {
    SwiftSource.lines(of: text).filter { $0.hasPrefix("| `") }.map { line in
      line.split(separator: "|").map { cell in
        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
    }
  }

  @Test func `the README stays under 150 lines`() {
    let text = Self.repository.text(of: "README.md")
    #expect(!text.isEmpty)
    #expect(TidyRules.fileLength("README.md", text, limit: 150) == [])
  }

  @Test func `README and articles link to files that exist`() {
    let files = Self.repository.files(["md"]).filter { $0.path.hasPrefix(Self.catalog) }
    #expect(files.count > 5)
    let readme = Repository.File(path: "README.md", text: Self.repository.text(of: "README.md"))
    for file in files + [readme] {
      let folder = file.path.split(separator: "/").dropLast().map { $0 + "/" }.joined()
      for link in file.text.matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
        let path = folder + link.output.1
        #expect(!Self.repository.text(of: path).isEmpty, "\(file.path) links to \(path), which isn't there")
      }
    }
  }

  @Test func `a block of the article for operators is typed by a test, or says that it is an example`() {
    // A test types the commands, and brings up nginx and a host by the files that are shown.
    let typed: Set<Substring> = ["console", "sh", "nginx", "toml"]
    var (before, language, count) = ("", Substring?.none, 0)
    for (index, line) in SwiftSource.lines(of: Self.article("Operating")).enumerated() {
      if line.hasPrefix("```") {
        if language == nil, !typed.contains(line.dropFirst(3)) {
          count += 1
          #expect(before.contains("xample"), "Operating.md:\(index + 1): say that the block is an example")
        }
        language = language == nil ? Substring(line.dropFirst(3)) : nil
        before = ""
      } else if language == nil, !line.isEmpty {
        before = line.hasPrefix("#") ? "" : before + line
      } else if language == nil, before.hasSuffix(".") {
        before = ""
      }
    }
    #expect(count > 4)
  }

  @Test func `the threat model names code and tests that exist`() {
    let names = Set(
      Self.repository.files(["swift", "c"]).map { $0.path.split(separator: "/").last?.split(separator: ".").first })
    let article = Self.article("ThreatModel")
    var count = 0
    for line in SwiftSource.lines(of: article) where line.hasPrefix("| ") {
      let cells = line.split(separator: "|")
      guard cells.count == 4 else { continue }
      for match in cells[2...].joined().matches(of: /`(\w+)`/) {
        count += 1
        #expect(names.contains(match.output.1), "ThreatModel.md: no file is named \(match.output.1)")
      }
    }
    #expect(count > 50)
  }

  @Test func `the article of limits has every limit of the sources with its value, unit and reason`() {
    let files = Self.repository.files(["swift", "h", "c"]).filter { $0.path.hasPrefix("Sources/") }
    let limits = files.flatMap { $0.ending == "swift" ? SourceLimits.swift($0.text) : SourceLimits.c($0.text) }
    let rows = Self.rows(Self.article("Limits"))
    #expect(limits.count > 80)
    for limit in limits {
      let found = rows.filter { $0.first == "`\(limit.name)`" }
      let row = "| `\(limit.name)` | \(limit.value) | \(limit.comment) |"
      #expect(found.count == 1 && found[0].count == 3 && found[0][1] == limit.value, "Limits.md needs the row \(row)")
    }
    let names = Set(limits.map { "`\($0.name)`" })
    for row in rows { #expect(names.contains(row[0]), "Limits.md: the sources have no limit \(row[0])") }
  }

  @Test func `limits are read as the sources write them`() {
    let text = """
      /// The bounds.
      package struct BoxLimits: Sendable {
        /// Bytes of a box,
        /// with its lid.
        package var bytes = 1 << 20
        /// How long.
        package static let idle = Duration.seconds(60)
        /// No limit.
        var both: Int { bytes + 1 }
        /// Days.
        package var days: Int64 = 30 * 24 * 3600 * 1000
        /// A record.
        static let parsing = Parsing(
          bytes: 64 << 20, depth: 80)
        /// The usual ones.
        package init(fuel: UInt64 = 3_000_000, deadline: Duration = .milliseconds(50)) {
          let inner = 5
        }
      }
      struct Other { let count = 5 }
      """
    #expect(
      SourceLimits.swift(text) == [
        SourceLimit(name: "BoxLimits.bytes", value: "1 MiB", comment: "Bytes of a box, with its lid."),
        SourceLimit(name: "BoxLimits.idle", value: "60 s", comment: "How long."),
        SourceLimit(name: "BoxLimits.days", value: "2 592 000 000", comment: "Days."),
        SourceLimit(name: "BoxLimits.parsing", value: "`Parsing(bytes: 64 << 20, depth: 80)`", comment: "A record."),
        SourceLimit(name: "BoxLimits.fuel", value: "3 000 000", comment: ""),
        SourceLimit(name: "BoxLimits.deadline", value: "50 ms", comment: ""),
      ])
    #expect(
      SourceLimits.c("#define CLB_INPUT_LIMIT ((size_t)1 << 20)\n#define CLB_X 1\n#define CLB_FACTORS_MAX 8\n") == [
        SourceLimit(name: "CLB_INPUT_LIMIT", value: "1 MiB", comment: ""),
        SourceLimit(name: "CLB_FACTORS_MAX", value: "8", comment: ""),
      ])
    #expect(SourceLimits.shown("Rate(burst: 1)") == "`Rate(burst: 1)`")
  }
}
