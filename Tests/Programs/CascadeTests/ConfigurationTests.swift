import Core
import Foundation
import Testing

@testable import cascade

/// The options of `serve` in all their forms.
struct ConfigurationTests {
  /// The long names of all options but those that no file can hold.
  private static func options() throws -> [String] {
    let help = try JSON(parsing: try Program.run(["serve", "--experimental-dump-help"]).out)
    let names = (help["command"]?["arguments"]?.array ?? []).compactMap { argument in
      argument["names"]?.array?.first { $0["kind"] == "long" }?["name"]?.string
    }
    return names.filter { !["config", "version", "help"].contains($0) }
  }

  /// A value of each kind that every option of it takes, as TOML has it.
  private static func value(_ name: String, _ kind: SettingSources.Kind) -> String {
    switch (kind, name) {
    case (.number, _): "7"
    case (.flag, _): "true"
    case (.list, "trusted-proxy"): #"["10.0.0.0/8", "unix"]"#
    case (.list, "accept-loss"): #"["records"]"#
    case (.list, _): #"["rules.example"]"#
    case (.text, "api"), (.text, "decisions"): #""127.0.0.1:0""#
    case (.text, "socket-mode"): #""0600""#
    case (.text, "store"): #""postgresql://cascade@db.example/cascade""#
    case (.text, "redis"): #""redis://127.0.0.1:6379/0""#
    case (.text, "host-name"): #""host-1""#
    case (.text, "records"): #""sample:7""#
    case (.text, "keep-records"): #""90d""#
    case (.text, "issuer"): #""https://rules.example""#
    case (.text, "forwarded-header"): #""forwarded""#
    case (.text, "governance"): #""enforce""#
    case (.text, "governance-root"): "\"sha256:" + String(repeating: "a", count: 64) + "\""
    case (.text, "freshness"): #""refuse""#
    case (.text, "log-format"): #""json""#
    case (.text, "log-level"): #""warning""#
    case (.text, _): #""some/where""#
    }
  }

  /// Settings of all options but one of each two that exclude each other.
  private static var settings: [(name: String, toml: String)] {
    SettingSources.options.filter { !["live", "store-file", "redis-file"].contains($0.name) }.map {
      ($0.name, value($0.name, $0.kind))
    }
  }

  private static func text(_ settings: [(name: String, toml: String)]) -> String {
    settings.map { "\($0.name) = \($0.toml)\n" }.joined()
  }

  @Test func `every option stands in a file, too`() throws {
    #expect(try Self.options().sorted() == SettingSources.options.map(\.name).sorted())
    let scratch = try Scratch()
    let file = try scratch.write("all.toml", Self.text(Self.settings))
    let shown = try Program.run(["config", "--origin", "--config", file])
    #expect(shown.code == 0, "\(shown.error)")
    let lines = shown.out.split(separator: "\n")
    for (index, setting) in Self.settings.enumerated() {
      #expect(lines.contains("\(setting.name) = \(setting.toml)  # \(file):\(index + 1)"), "\(shown.out)")
    }
    // What is printed is a file that says the same.
    let again = try scratch.write("again.toml", shown.out)
    let plain = try Program.run(["config", "--config", again]).out
    #expect(try Program.run(["config", "--config", file]).out == plain)
    #expect(try Program.run(["config", "check", file]).out == "ok: \(Self.settings.count) settings\n")
  }

  @Test func `every option has its variable`() throws {
    for setting in Self.settings where setting.name != "governance" {
      let reader = try TOMLReader.members(of: Array("v = \(setting.toml)".utf8))
      let value =
        switch reader.first?.value {
        case .text(let text): text
        case .number(let number): String(number)
        case .flag(let flag): String(flag)
        case .list(let texts): texts.joined(separator: ",")
        default: "?"
        }
      let variable = "CASCADE_" + setting.name.uppercased().replacing("-", with: "_")
      let shown = try Program.run(["config", "--origin"], environment: [variable: value])
      #expect(shown.out.contains("\(setting.name) = \(setting.toml)  # \(variable)\n"), "\(shown.out)\(shown.error)")
    }
  }

  @Test func `a value of another type is named with its line, and so is a name that is no option's`() throws {
    let options = try Self.options()
    #expect(options.count > 15)
    let scratch = try Scratch()
    let json = options.map { "\"\($0)\": {}" }.joined(separator: ",\n")
    let file = try scratch.write("wrong.json", "{\n\(json)\n}\n")
    let ending = try Program.run(["serve", "--config", file])
    #expect(ending.code == 1)
    for (index, option) in options.enumerated() {
      #expect(ending.error.contains("error: \(file):\(index + 2): '\(option)' wants "), "\(ending.error)")
    }
    for (name, text) in [
      ("a.toml", "# mine\n\napii = \"127.0.0.1:1\"\n"), ("a.json", "{\n\n \"apii\": \"127.0.0.1:1\"}"),
      ("b.toml", "\n[x]\napii = 1\n"),
    ] {
      let file = try scratch.write(name, text)
      let ending = try Program.run(["serve", "--config", file])
      let unknown = name == "b.toml" ? "unknown option 'x.apii'" : "unknown option 'apii'; did you mean 'api'?"
      #expect(ending.code == 1 && ending.error.contains("\(file):3: \(unknown)"), "\(ending.error)")
    }
  }

  @Test func `a value that can't be meant is named with its place`() throws {
    let scratch = try Scratch()
    let file = try scratch.write("c.toml", "watch = true\nlanes = 0\n")
    let ofFile = try Program.run(["serve", "--config", file])
    #expect(ofFile.code == 1 && ofFile.error.contains("\(file):2: lanes is between 1 and 256"), "\(ofFile.error)")
    let ofVariable = try Program.run(["serve", "--config", file], environment: ["CASCADE_LANES": "0"])
    #expect(ofVariable.code == 64 && ofVariable.error.contains("CASCADE_LANES is between"), "\(ofVariable.error)")
    let ofOption = try Program.run(["serve", "--config", file, "--lanes", "0"])
    #expect(ofOption.code == 64 && ofOption.error.contains("--lanes is between"), "\(ofOption.error)")
    for setting in [#"api = "here""#, #"decisions = "1""#, #"accept-loss = ["all"]"#, #"log-level = "loud""#] {
      let file = try scratch.write("d.toml", "\n" + setting)
      let ending = try Program.run(["config", "--config", file])
      #expect(
        ending.code == 1 && ending.error.contains("\(file):2: \(setting.prefix { $0 != " " }) "), "\(ending.error)")
    }
  }

  @Test func `the file that the article for operators shows is one that a host takes`() throws {
    let article = try String(contentsOf: PrintedCommands.catalog.appending(path: "Operating.md"), encoding: .utf8)
    let start = try #require(article.firstRange(of: "```toml\n")).upperBound
    let end = try #require(article[start...].firstRange(of: "\n```")).lowerBound
    let shown = String(article[start..<end]) + "\n"
    let scratch = try Scratch()
    let file = try scratch.write("cascade.toml", shown)
    #expect(try Program.run(["config", "check", file]).out == "ok: 4 settings\n")
    let lines = try Program.run(["config", "--config", file]).out.split(separator: "\n")
    for line in shown.split(separator: "\n") where !line.hasPrefix("#") { #expect(lines.contains(line), "\(line)") }
  }

  @Test func `a demonstration keeps its data in a directory of its own`() throws {
    let scratch = try Scratch()
    let environment = ["CASCADE_CONFIG": try scratch.write("c.toml", "watch = false\n")]
    let live = try Program.run(["config", "--origin"], environment: environment)
    #expect(live.out.contains("data = \".cascade\"  # default\n"), "\(live.out)\(live.error)")
    let demo = try Program.run(["config", "--origin", "--demo"], environment: environment)
    #expect(demo.out.contains("data = \".cascade-demo\"  # default\n"), "\(demo.out)\(demo.error)")
  }

  @Test func `an option counts before its variable, a variable before the file, a file before the default`() throws {
    let scratch = try Scratch()
    let file = try scratch.write("c.toml", "lanes = 3\nrecords = \"effects\"\nwatch = false\n")
    let environment = ["CASCADE_LANES": "2", "CASCADE_CONFIG": file, "CASCADE_WATCH": "yes"]
    let first = try Program.run(["config", "--origin", "--lanes", "1"], environment: environment).out
    for line in [
      "lanes = 1  # --lanes", "records = \"effects\"  # \(file):2", "watch = true  # CASCADE_WATCH",
      "api = \"127.0.0.1:8080\"  # default", "# issuer is not set",
    ] { #expect(first.contains(line + "\n"), "\(first)") }
    let second = try Program.run(["config", "show", "--origin"], environment: environment).out
    #expect(second.contains("lanes = 2  # CASCADE_LANES\n"))
  }

  @Test func `the usual file serves where it is there and none is named`() throws {
    let scratch = try Scratch()
    let usual = scratch.url.appending(path: "cascade.toml").path()
    #expect(try SettingSources(path: nil, usual: usual).file == nil)
    try scratch.write("cascade.toml", "lanes = 5\n")
    #expect(try SettingSources(path: nil, usual: usual).number(nil, "lanes") == 5)
    let other = try scratch.write("other.toml", "lanes = 6\n")
    #expect(try SettingSources(path: other, usual: usual).number(nil, "lanes") == 6)
    #expect(SettingSources.usualFile == "/etc/cascade/cascade.toml")
  }

  @Test func `what is shown holds no secret`() throws {
    let scratch = try Scratch()
    let file = try scratch.write("key", "sk_test_fromfile")
    let shown = try Program.run(
      ["config", "--origin", "--stripe-key-file", file],
      environment: ["CASCADE_VENICE_KEY": "venice-secret", "CASCADE_STRIPE_WEBHOOK_SECRET": "whsec_secret"])
    #expect(shown.code == 0 && !shown.out.contains("secret\n") && !shown.out.contains("fromfile"), "\(shown.out)")
    #expect(shown.out.hasSuffix("# in the environment, not shown: CASCADE_STRIPE_WEBHOOK_SECRET, CASCADE_VENICE_KEY\n"))
  }

  @Test func `a file is checked without a host`() throws {
    let scratch = try Scratch()
    let bad = try scratch.write("bad.toml", "lanes = 7\nlanes = 8\n")
    let twice = try Program.run(["config", "check", bad])
    #expect(twice.code == 2 && twice.error.contains("\(bad):2: 'lanes' stands there twice"), "\(twice.error)")
    let odd = try Program.run(["config", "check", try scratch.write("odd.toml", "lanes = 999\n")])
    #expect(odd.code == 2 && odd.error.contains(":1: lanes is between"), "\(odd.error)")
    #expect(try Program.run(["config", "check", "/nonexistent/c.toml"]).code == 1)
    // Neither variables nor files that it names count.
    let good = try scratch.write("good.toml", "stripe-key-file = \"/nonexistent/key\"\n")
    let ending = try Program.run(["config", "check", good], environment: ["CASCADE_LANES": "two"])
    #expect(ending.code == 0 && ending.out == "ok: 1 settings\n", "\(ending.error)")
  }
}
