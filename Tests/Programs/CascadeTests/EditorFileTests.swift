import Foundation
import Testing

@testable import cascade

/// What `cascade types` writes, and what it leaves.
struct EditorFileTests {
  private static let settings = [".luarc.json", ".emmyrc.json", ".luacheckrc"]

  private static func shipped(_ file: String) throws -> String {
    try String(contentsOf: Program.package.appending(path: file), encoding: .utf8)
  }

  @Test func `the shipped editor types are current`() throws {
    let scratch = try Scratch()
    #expect(try Program.run(["types", "--out", scratch.url.path()]).code == 0)
    for file in ["plugins/library/cascade.lua", ".luarc.json", ".emmyrc.json", ".luacheckrc"] {
      let made = try String(contentsOf: scratch.url.appending(path: file), encoding: .utf8)
      let shipped = try String(contentsOf: Program.package.appending(path: file), encoding: .utf8)
      #expect(made == shipped, "\(file) is stale: run 'cascade types'")
    }
  }

  @Test func `settings of editors that somebody edited stay, and the types are made anew`() throws {
    let scratch = try Scratch()
    try scratch.write(".luarc.json", "{}\n")
    try scratch.write("plugins/library/cascade.lua", "---@meta\n")
    let ending = try Program.run(["types", "--out", scratch.url.path()])
    #expect(ending.code == 0)
    #expect(ending.error.contains("kept .luarc.json, which was edited; delete it to have it made anew"))
    #expect(try String(contentsOf: scratch.url.appending(path: ".luarc.json"), encoding: .utf8) == "{}\n")
    let types = try String(contentsOf: scratch.url.appending(path: "plugins/library/cascade.lua"), encoding: .utf8)
    #expect(types.contains("---@class cascade.tier.assign.Decision: cascade.Decision"))
  }

  // So they were before specs asked for explanations, and before they read tables of cases.
  @Test(arguments: [", \"explain\"", ", \"cases\", \"explain\""])
  func `settings that an earlier cascade wrote are made anew`(without: String) throws {
    let scratch = try Scratch()
    for file in Self.settings {
      try scratch.write(file, Self.shipped(file).replacing(without, with: ""))
    }
    let ending = try Program.run(["types", "--out", scratch.url.path()])
    #expect(ending.code == 0 && !ending.error.contains("kept"), "\(ending.error)")
    for file in Self.settings {
      let made = try String(contentsOf: scratch.url.appending(path: file), encoding: .utf8)
      #expect(try made == Self.shipped(file), "\(file)")
    }
  }

  @Test(arguments: settings)
  func `today's settings are among those that a later cascade may make anew`(file: String) throws {
    let text = try Self.shipped(file)
    #expect(EarlierSettings.have(Array(text.utf8), as: file), "its SHA-256 is missing in EarlierSettings")
    #expect(!EarlierSettings.have(Array((text + "\n").utf8), as: file))
  }
}
