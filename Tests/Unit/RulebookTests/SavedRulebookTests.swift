import Core
import Testing

@testable import Rulebook

@Suite struct SavedRulebookTests {
  private static func draft(_ files: [String: String?]) throws(RulebookRejected) -> RulebookDraft {
    try RulebookDraft(
      Dictionary(files.map { (ExactText($0), $1.map { Array($0.utf8) }) }) { first, _ in first })
  }

  private func withKeeper(_ body: (WatchSandbox, RulebookKeeper, String) async throws -> Void) async throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    for (path, text) in RulebookSamples.files { try box.write(path, text) }
    let keeper = RulebookKeeper(directory: box.root, store: try FileRulebookStore(directory: box.base + "/data"))
    let first = try await keeper.prepareStart(runSpecs: false)
    await keeper.commit(first)
    try await body(box, keeper, first.generation.digest)
  }

  private func save(
    _ keeper: RulebookKeeper, _ files: [String: String?], on base: String
  ) async throws -> Generation? {
    let prepared = try await keeper.prepare(
      try Self.draft(files), on: base, runSpecs: true, removal: RemovalPolicy())
    guard let prepared else { return nil }
    await keeper.commit(prepared)
    return prepared.generation
  }

  private static func text(_ box: WatchSandbox, _ path: String) throws -> String? {
    try RulebookFiles(directory: box.root).read().files[ExactText(path)].map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `a draft is written to the files and decides; files that it doesn't name stay`() async throws {
    try await withKeeper { box, keeper, base in
      let words = try Self.text(box, "plugins/tiers/words.lua")
      let saved = try await save(keeper, ["policies/tiers.lua": "return { noble = 7 }\n"], on: base)
      #expect(saved?.number == 2 && keeper.current?.number == 2)
      #expect(try Self.text(box, "policies/tiers.lua") == "return { noble = 7 }\n")
      #expect(try Self.text(box, "plugins/tiers/words.lua") == words)
      #expect(try RulebookFiles(directory: box.root).read().digest == saved?.digest, "the directory has what decides")
      #expect(try await save(keeper, ["policies/tiers.lua": "return { noble = 7 }\n"], on: saved?.digest ?? "") == nil)
    }
  }

  @Test func `null removes a file, and a new one is made with its folders`() async throws {
    try await withKeeper { box, keeper, base in
      let saved = try await save(keeper, ["policies/deep/er/more.lua": "return { a = 1 }\n"], on: base)
      #expect(try Self.text(box, "policies/deep/er/more.lua") == "return { a = 1 }\n")
      _ = try await save(keeper, ["policies/deep/er/more.lua": nil], on: saved?.digest ?? "")
      #expect(try Self.text(box, "policies/deep/er/more.lua") == nil)
    }
  }

  @Test func `a draft of another rulebook than the one that decides, or lies there, is a conflict`() async throws {
    try await withKeeper { box, keeper, base in
      func isConflict(_ base: String) async -> Bool {
        do {
          _ = try await save(keeper, ["policies/tiers.lua": "return { noble = 8 }\n"], on: base)
          return false
        } catch RulebookSavingError.conflict {
          return true
        } catch {
          return false
        }
      }
      #expect(await isConflict("sha256:" + String(repeating: "0", count: 64)))
      try box.write("policies/tiers.lua", "return { noble = 9 }\n")
      #expect(await isConflict(base), "another hand changed the files")
      #expect(try Self.text(box, "policies/tiers.lua") == "return { noble = 9 }\n")
      #expect(keeper.current?.number == 1)
    }
  }

  @Test func `after a rollback a draft of what decides replaces what was set aside`() async throws {
    try await withKeeper { box, keeper, base in
      _ = try await save(keeper, ["policies/tiers.lua": "return { noble = 7 }\n"], on: base)
      let back = try await keeper.prepareRollback()
      await keeper.commit(back)
      #expect(keeper.current?.digest == base)
      #expect(try Self.text(box, "policies/tiers.lua") == "return { noble = 7 }\n", "a rollback writes no file")
      let saved = try await save(keeper, ["policies/tiers.lua": "return { noble = 9 }\n"], on: base)
      #expect(try RulebookFiles(directory: box.root).read().digest == saved?.digest)
      #expect(keeper.current?.number == 4)
    }
  }

  @Test func `a plugin's files go with its plugin.lua, or stay with it`() throws {
    let base = RulebookSnapshot(files: [
      "plugins/a/plugin.lua": Array("return {}".utf8), "plugins/a/more.lua": Array("return {}".utf8),
    ])
    #expect(throws: RulebookRejected.self) { try Self.draft(["plugins/a/plugin.lua": nil]).applied(to: base) }
    #expect(throws: RulebookRejected.self) { try Self.draft(["plugins/b/more.lua": "return {}"]).applied(to: base) }
    let none = try Self.draft(["plugins/a/plugin.lua": nil, "plugins/a/more.lua": nil]).applied(to: base)
    #expect(none.files.isEmpty)
  }

  @Test func `what is wrong with a draft leaves the files and the generation as they were`() async throws {
    try await withKeeper { box, keeper, base in
      for files in [
        ["policies/tiers.lua": "return {"], ["plugins/tiers/plugin.lua": nil],
        ["plugins/tiers/spec/more_spec.lua": "it(\"fails\", function() assert.is_true(false) end)\n"],
      ] as [[String: String?]] {
        await #expect(throws: RulebookSavingError.self) { try await save(keeper, files, on: base) }
        let digest = try RulebookFiles(directory: box.root).read().digest
        #expect(digest == base)
        #expect(keeper.current?.digest == base)
      }
    }
  }

  @Test(arguments: [
    "../policies/a.lua", "/etc/passwd", "policies/../a.lua", "policies/a.txt", "plugins/a.lua", "policies/.a.lua", "",
    "policies/a\nb.lua", "policies//a.lua", "a/b/c/d/e/f/g/h/i/j/k/l.lua", "policies/\u{0}.lua",
  ])
  func `a name that can't be a rulebook's is refused`(path: String) {
    #expect(throws: RulebookRejected.self) { try Self.draft([path: "return {}"]) }
  }

  @Test func `a file that is too large, or one too many, is refused`() throws {
    let large = String(repeating: " ", count: RulebookLimits().sourceBytes + 1)
    #expect(throws: RulebookRejected.self) { try Self.draft(["policies/a.lua": large]) }
    var limits = RulebookLimits()
    limits.files = 1
    let draft = try Self.draft(["policies/b.lua": "return {}"])
    let base = RulebookSnapshot(files: ["policies/a.lua": Array("return {}".utf8)])
    #expect(throws: RulebookRejected.self) { try draft.applied(to: base, limits: limits) }
  }

  @Test func `a directory that can't be written is said to be read-only`() {
    let none = RulebookSnapshot(files: [String: [UInt8]]())
    let one = RulebookSnapshot(files: ["policies/a.lua": Array("return {}".utf8)])
    let error = #expect(throws: RulebookWriteError.self) {
      try RulebookWriter(directory: "/sys").write(one, over: none)
    }
    #expect(error?.isReadOnly == true, "\(error?.message ?? "")")
  }
}
