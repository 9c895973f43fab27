import Core
import Foundation
import Testing

/// The commands that run a rule here: by the clock that they are given, or by that on the wall.
struct ClockCommandTests {
  private static let source = """
    return { name = "clock", version = "1.0.0", decisions = { ["clock.tell"] = {
      input = {}, output = { at = "integer" },
      decide = function(_, host)
        note("the clock", host.now)
        if host.now % 1000 == 7 then
          error("a bad moment")
        end
        return { at = host.now }
      end,
    } } }

    """

  /// Writes the rule and an input, and gives the options that name them.
  private static func write(_ scratch: Scratch) throws -> [String] {
    try scratch.write("plugins/clock/plugin.lua", source)
    let input = try scratch.write("input.json", "{}")
    return ["clock.tell", "-i", input, "--rulebook", scratch.url.path()]
  }

  @Test func `eval, explain and bench run a rule by the clock that they are given, in either form`() throws {
    let scratch = try Scratch()
    let rule = try Self.write(scratch)
    for now in ["2026-11-29T10:00:00Z", "1795946400000"] {
      let made = try Program.run(["eval"] + rule + ["--now", now])
      #expect(try made.json()["result"]?["at"] == 1_795_946_400_000, "\(made.out)\(made.error)")
      let explained = try Program.run(["explain"] + rule + ["--now", now])
      #expect(
        explained.out.contains("  the clock: 1795946400000  (plugins/clock/plugin.lua:4)\n"),
        "\(explained.out)\(explained.error)")
      let measured = try Program.run(["bench", "--seconds", "0.1"] + rule + ["--now", now])
      #expect(measured.code == 0 && measured.out.contains(" decisions a second; "), "\(measured.error)")
    }
    for command in ["eval", "explain", "bench", "debug"] {
      #expect(try Program.run([command] + rule + ["--now", "soon"]).code == 64, "\(command)")
    }
    for command in ["explain", "debug"] {
      let record = "7f3c1b1e-0000-4000-8000-000000000000"
      #expect(try Program.run([command, record, "--now", "2026-11-29"]).code == 64, "\(command)")
    }
  }

  @Test func `bench makes nothing of a decision that fails at once`() throws {
    let scratch = try Scratch()
    let ending = try Program.run(["bench"] + Self.write(scratch) + ["--now", "1795946400007"])
    #expect(ending.code == 2 && ending.out.contains("a bad moment"), "\(ending.out)")
    #expect(try ending.json()["error"]?["code"] == "runtime")
  }

  /// The rule fails in one of a thousand milliseconds, so that its first run hardly ever does, and one within a second.
  @Test func `bench stops at the first failure, says after how many it came and gives no figures`() throws {
    let scratch = try Scratch()
    let rule = try Self.write(scratch)
    var ending = try Program.run(["bench", "--seconds", "600"] + rule)
    for _ in 0..<10 where ending.error.isEmpty { ending = try Program.run(["bench", "--seconds", "600"] + rule) }
    #expect(ending.code == 2)
    let said = ending.error.firstMatch(of: /the decision failed after \d+ that succeeded; nothing was measured beyond/)
    #expect(said != nil, "\(ending.error)")
    #expect(ending.out.contains("a bad moment") && !ending.out.contains("decisions a second"), "\(ending.out)")
  }
}
