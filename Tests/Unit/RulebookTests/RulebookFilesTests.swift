import Core
import Testing

@testable import Rulebook

@Suite struct RulebookFilesTests {
  private func withSandbox(_ body: (WatchSandbox) throws -> Void) throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    try box.write("plugins/tiers/plugin.lua", "return 1")
    try box.write("policies/caps.lua", "return {}")
    try body(box)
  }

  @Test func `only rule files of plugins and policies count`() throws {
    try withSandbox { box in
      try box.write("plugins/library/cascade.lua", "---@meta")
      try box.write("plugins/loose.lua", "")
      try box.write("plugins/tiers/.hidden.lua", "")
      try box.write("plugins/tiers/.git/x.lua", "")
      try box.write("plugins/tiers/readme.md", "")
      try box.write("plugins/tiers/spec/tiers_spec.lua", "")
      let snapshot = try RulebookFiles(directory: box.root).read()
      #expect(
        snapshot.paths == ["plugins/tiers/plugin.lua", "plugins/tiers/spec/tiers_spec.lua", "policies/caps.lua"])
      #expect(snapshot.plugins == ["tiers"])
    }
  }

  @Test func `what plugins share counts, and the editor's types among it don't`() throws {
    try withSandbox { box in
      for name in ["cascade.lua", "cascade.d.lua", "rules.lua", "money/shares.lua", "spec/rules_spec.lua"] {
        try box.write("plugins/library/" + name, "return {}")
      }
      let snapshot = try RulebookFiles(directory: box.root).read()
      #expect(
        snapshot.paths == [
          "plugins/library/money/shares.lua", "plugins/library/rules.lua", "plugins/library/spec/rules_spec.lua",
          "plugins/tiers/plugin.lua", "policies/caps.lua",
        ])
      #expect(snapshot.plugins == ["tiers"])
      #expect(RulebookPath("plugins/library/money/shares.lua")?.module == "library.money.shares")
    }
  }

  @Test func `symbolic links are followed`() throws {
    try withSandbox { box in
      try box.write("..2026/plugins/bank/plugin.lua", "return 2")
      try box.link("..data", to: "..2026")
      try box.link("plugins/bank", to: "../..data/plugins/bank")
      #expect(try RulebookFiles(directory: box.root).read().files["plugins/bank/plugin.lua"] == Array("return 2".utf8))
    }
  }

  @Test func `the digest is that of the list sha256sum writes`() throws {
    let snapshot = RulebookSnapshot(files: ["policies/b.lua": [], "plugins/a/plugin.lua": Array("x".utf8)])
    // (printf x > plugins/a/plugin.lua; sha256sum plugins/a/plugin.lua policies/b.lua | sha256sum)
    #expect(snapshot.digest == "sha256:06ab6a4a9da86c7f5d34111285176be43e5fd2ddfc2322f9f26bd52ac57b9c4b")
    #expect(snapshot.digest != RulebookSnapshot(files: ["policies/b.lua": []]).digest)
  }

  @Test func `a source over its limit and a place without a rulebook are refused`() throws {
    try withSandbox { box in
      try box.write("policies/caps.lua", String(repeating: "-", count: 256 << 10 | 1))
      #expect(throws: RulebookError.self) { try RulebookFiles(directory: box.root).read() }
      do throws(RulebookError) {
        _ = try RulebookFiles(directory: box.root + "/nowhere").read()
        Issue.record("there is no rulebook")
      } catch {
        #expect(error.code == .unreadable)
      }
    }
  }

  @Test func `a link to nowhere can't be read, and is named`() throws {
    try withSandbox { box in
      try box.link("policies/gone.lua", to: "nowhere.lua")
      var limits = RulebookLimits()
      limits.attempts = 2
      do throws(RulebookError) {
        _ = try RulebookFiles(directory: box.root, limits: limits).read()
        Issue.record("the link leads nowhere")
      } catch {
        #expect(error.code == .unreadable)
        #expect(error.file == "policies/gone.lua")
      }
    }
  }

  @Test func `an archive gives back what it took, and refuses what was changed`() throws {
    try withSandbox { box in
      let archive = RulebookArchive(directory: box.base + "/data/rulebooks")
      let snapshot = try RulebookFiles(directory: box.root).read()
      #expect(try archive.load(digest: snapshot.digest) == nil)
      try archive.store(snapshot)
      try archive.store(snapshot)
      #expect(try archive.load(digest: snapshot.digest) == snapshot)
      #expect(try archive.load(digest: "sha256:../../etc/passwd") == nil)
      try box.write("../data/rulebooks/" + snapshot.digest.dropFirst(7), "x")
      #expect(throws: RulebookError.self) { try archive.load(digest: snapshot.digest) }
    }
  }
}
