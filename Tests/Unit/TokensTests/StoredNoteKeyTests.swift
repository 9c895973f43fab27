import Core
import Cryptography
import Foundation
import Testing
import Tokens

struct StoredNoteKeyTests {
  @Test func `the first who asks makes the key, and everybody after it gets the same`() throws {
    let store = MemoryKeyStore()
    let key = try StoredNoteKey(store).current()
    #expect(key.algorithm == .edDSA)
    let again = try StoredNoteKey(store).current()
    #expect(again.publicKey.material == key.publicKey.material)
    #expect(try again.signature(of: [1, 2]) == key.signature(of: [1, 2]))
  }

  @Test func `its file is its owner's alone, and one that others may read is refused`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cascade-note-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let directory = try KeyDirectory(data: folder.path())
    _ = try StoredNoteKey(directory).current()
    let path = directory.place(of: .note)
    #expect(path.hasSuffix("/keys/note.json"))
    let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(rights == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    let error = #expect(throws: TokenError.self) { try StoredNoteKey(directory).current() }
    #expect(error?.reason.contains("can be used by others") == true)
  }

  @Test(arguments: ["", "{}", #"{"kty":"OKP"}"#, "no JSON"])
  func `what is no key is refused, not replaced`(_ content: String) throws {
    let store = MemoryKeyStore()
    try store.change(.note) { _ in Array(content.utf8) }
    let error = #expect(throws: TokenError.self) { try StoredNoteKey(store).current() }
    #expect(error?.reason.contains("memory:note is damaged") == true)
    #expect(try store.read(.note) == Array(content.utf8))
  }

  @Test func `the public half alone, or a key of another kind, is refused`() throws {
    let other = try StoredKeyRing(MemoryKeyStore()).current(now: 0).entries[0].key
    let own = JSONWebKey(try SigningKey.generate(.edDSA))
    for key in [other, own] {
      let store = MemoryKeyStore()
      let json = try #require(key.publicJSON)
      try store.change(.note) { _ in json.bytes }
      #expect(throws: TokenError.self) { try StoredNoteKey(store).current() }
    }
  }
}
