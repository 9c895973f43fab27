import Core
import Foundation
import Rulebook
import StoreConformance
import Testing
import Tokens

/// The stores in plain files keep the promises of their ports.
struct FileStoreTests {
  /// A directory that goes away with the test.
  private final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "files-" + UUID().uuidString
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private let folder = Folder()

  @Test(arguments: RulebookConformance.cases)
  func `rulebooks in files`(_ promise: StoreCase<any RulebookStore>) async throws {
    try await promise.run(try FileRulebookStore(directory: folder.path))
  }

  @Test(arguments: KeyConformance.cases)
  func `keys in files`(_ promise: StoreCase<any KeyStore>) async throws {
    try await promise.run(try KeyDirectory(data: folder.path))
  }

  @Test func `numbers and the current rulebook outlive the process`() async throws {
    let rules = RulebookSnapshot(files: ["policies/a.lua": Array("return 1".utf8)])
    let first = try FileRulebookStore(directory: folder.path)
    let activation = RulebookActivation(number: try await first.stage(rules), digest: rules.digest, milliseconds: 7)
    try await first.activate(activation)
    _ = try await first.stage(rules)
    let second = try FileRulebookStore(directory: folder.path)
    #expect(try await second.current() == activation)
    #expect(try await second.snapshot(rules.digest) == rules)
    #expect(try await second.stage(rules) == 3)
  }

  @Test(arguments: ["4\n", "4"])
  func `the first stage's file, which has a number alone, is read`(text: String) async throws {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: folder.path + "/generation"))
    let store = try FileRulebookStore(directory: folder.path)
    #expect(try await store.current() == nil)
    #expect(try await store.stage(RulebookSnapshot(files: ["policies/a.lua": []])) == 5)
  }

  @Test(arguments: ["", "x\n", "-1\n", "3 4 sha256:a 5\n", "3 1 sha256:a\n"])
  func `a file that tells no number is damaged, and said how to mend`(text: String) async throws {
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: folder.path + "/generation"))
    let error = #expect(throws: StoreError.self) { try FileRulebookStore(directory: folder.path) }
    #expect(error?.code == .corrupt && error?.message.contains(folder.path + "/generation") == true)
  }

  @Test func `a rulebook that was changed on the disk is not given back`() async throws {
    let rules = RulebookSnapshot(files: ["policies/a.lua": Array("return 1".utf8)])
    let store = try FileRulebookStore(directory: folder.path)
    _ = try await store.stage(rules)
    try Data("x".utf8).write(to: URL(filePath: folder.path + "/rulebooks/" + rules.digest.dropFirst(7)))
    let error = await #expect(throws: StoreError.self) { try await store.snapshot(rules.digest) }
    #expect(error?.code == .corrupt)
  }
}
