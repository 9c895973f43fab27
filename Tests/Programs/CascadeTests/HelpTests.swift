import Foundation
import Testing

/// What `--help` says is part of the contract. `CASCADE_RECORD=1` writes it anew, never in CI.
struct HelpTests {
  static let commands: [[String]] = [
    [], ["serve"], ["check"], ["test"], ["eval"], ["bench"], ["reload"], ["rollback"], ["status"], ["tail"],
    ["healthcheck"], ["audit"], ["config"], ["config", "show"], ["config", "check"], ["objectives"], ["types"],
    ["docs"], ["rulebook"], ["rulebook", "list"],
    ["rulebook", "show"], ["rulebook", "diff"], ["records"], ["records", "list"], ["token"], ["token", "enrol"],
    ["token", "keys"],
    ["token", "list"],
    ["token", "operator"], ["token", "revoke"], ["token", "rotate"], ["token", "sign"], ["token", "verify"], ["new"],
    ["new", "plugin"],
    ["graph"], ["graph", "measure"], ["graph", "stats"], ["graph", "import"], ["graph", "export"], ["governance"],
    ["governance", "init"], ["governance", "propose"], ["governance", "sign"], ["governance", "submit"],
    ["governance", "emergency"], ["governance", "log"], ["backtest"], ["explain"], ["debug"], ["shadow"],
    ["shadow", "start"], ["shadow", "status"],
    ["shadow", "stop"], ["shadow", "report"],
    ["store"], ["store", "check"], ["store", "migrate"], ["store", "copy"], ["store", "new-key"],
    ["backup"], ["restore"], ["migrate"], ["doctor"],
  ]

  @Test(arguments: commands)
  func `help is as it was recorded`(command: [String]) throws {
    let name = (["cascade"] + command).joined(separator: "-") + ".txt"
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots/\(name)")
    let help = try Program.run(command + ["--help"], environment: ["COLUMNS": "100"]).out
    let environment = ProcessInfo.processInfo.environment
    if environment["CASCADE_RECORD"] == "1" && environment["CI"] == nil {
      try Data(help.utf8).write(to: file)
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(help == recorded)
  }
}
