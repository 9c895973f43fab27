import Core
import Foundation
import PeerTesting
import Testing

/// Private keys in a backup, and the tokens of before a restore.
struct SealedKeysTests {
  private let scratch: Scratch
  private let data: String
  private let backup: String

  init() throws {
    scratch = try Scratch()
    try scratch.copyRulebook()
    data = scratch.url.appending(path: "data").path()
    backup = scratch.url.appending(path: "backup").path()
  }

  private func passphrase(_ text: String = "correct horse battery\n", _ name: String = "passphrase") throws -> String {
    let path = try scratch.write(name, text)
    #expect(chmod(path, 0o600) == 0)
    return path
  }

  private func restore(_ name: String, _ arguments: [String]) throws -> Program.Ending {
    try Program.run(
      ["restore", "--from", backup, "--data", scratch.url.appending(path: name).path()] + arguments)
  }

  @Test func `a host restored with its keys signs as before and refuses every token from before`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    let old = try server.authorization(scratch)
    let ring = try Data(contentsOf: URL(filePath: data + "/keys/ring.json"))
    let note = try Data(contentsOf: URL(filePath: data + "/keys/note.json"))
    let taken = try Program.run(
      ["backup", "--data", data, "--to", backup, "--with-keys", "--passphrase-file", try passphrase()])
    #expect(taken.code == 0, "\(taken.out)\(taken.error)")
    // One that was issued when the backup had been taken is from before the restore, too.
    let late = try server.authorization(scratch)
    for path in try FileManager.default.subpathsOfDirectory(atPath: backup) {
      let bytes = (try? Data(contentsOf: URL(filePath: backup + "/" + path))) ?? Data()
      #expect(bytes.firstRange(of: Data(#""d":"#.utf8)) == nil, "\(path)")
    }
    let other = try Scratch()
    try other.copyRulebook()
    let put = try Program.run([
      "restore", "--from", backup, "--data", other.url.appending(path: "data").path(), "--with-keys",
      "--passphrase-file", try passphrase(),
    ])
    #expect(put.code == 0, "\(put.out)\(put.error)")
    let restored = other.url.appending(path: "data").path()
    #expect(try Data(contentsOf: URL(filePath: restored + "/keys/ring.json")) == ring)
    #expect(try Data(contentsOf: URL(filePath: restored + "/keys/note.json")) == note)
    let second = try RunningServer(other, ["--no-specs"])
    for token in [old, late] { #expect(try second.status(token, "/v1/ledger/checkpoint") == 401) }
    #expect(second.logged.contains("the token is from before this host was restored"), "\(second.logged)")
    let fresh = try second.authorization(other)
    #expect(try second.give(id: "7f3c1b1e-0000-4000-8000-000000000001", as: fresh).status == 200)
    #expect(second.stop() == 0)
    // Nor do they after the next start.
    let third = try RunningServer(other, ["--no-specs"])
    #expect(try third.status(old, "/v1/ledger/checkpoint") == 401)
    #expect(try third.status(fresh, "/v1/ledger/checkpoint") == 200)
    // The source goes on as if nothing had been.
    #expect(try server.status(old, "/v1/ledger/checkpoint") == 200)
  }

  @Test func `without their passphrase the keys stay sealed, and a word about it says what to do`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(server.stop() == 0)
    let file = try passphrase()
    #expect(
      try Program.run(["backup", "--data", data, "--to", backup, "--with-keys", "--passphrase-file", file]).code == 0)
    let wrong = try restore("a", ["--with-keys", "--passphrase-file", try passphrase("another", "other")])
    #expect(wrong.code == 1 && wrong.error.contains("the passphrase isn't the one"), "\(wrong.error)")
    let none = try restore("a", ["--with-keys"])
    #expect(none.code == 1 && none.error.contains("name its file by --passphrase-file"), "\(none.error)")
    let alone = try restore("a", ["--passphrase-file", file])
    #expect(alone.code == 64, "\(alone.error)")
    #expect(chmod(file, 0o644) == 0)
    let open = try restore("a", ["--with-keys", "--passphrase-file", file])
    #expect(open.code == 1 && open.error.contains("can be used by others"), "\(open.error)")
    #expect(try restore("a", []).code == 0)
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appending(path: "a/keys/ring.json").path()))
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appending(path: "a/keys.sealed").path()))
    let plain = scratch.url.appending(path: "plain").path()
    #expect(try Program.run(["backup", "--data", data, "--to", plain]).code == 0)
    let absent = try Program.run([
      "restore", "--from", plain, "--data", scratch.url.appending(path: "b").path(), "--with-keys",
      "--passphrase-file", try passphrase(),
    ])
    #expect(absent.code == 1 && absent.error.contains("has no private keys"), "\(absent.error)")
  }

  @Test(.needsPeers) func `scrypt and AES-GCM of another program open the keys`() throws {
    let server = try RunningServer(scratch, ["--no-specs"])
    #expect(server.stop() == 0)
    #expect(
      try Program.run(["backup", "--data", data, "--to", backup, "--with-keys", "--passphrase-file", try passphrase()])
        .code == 0)
    let opened = try Program.run(
      [Peers.script("sealed.py"), backup + "/keys.sealed"], input: "correct horse battery", executable: Peers.python)
    let files = try #require(try JSON(parsing: opened.out)["files"]?.array, "\(opened.error)")
    #expect(files.map { $0["path"]?.string } == ["keys/ring.json", "keys/note.json"])
    let ring = try #require(files.first?["hexadecimal"]?.string)
    #expect(
      try Data(contentsOf: URL(filePath: data + "/keys/ring.json")).map { String(format: "%02x", $0) }.joined() == ring)
  }
}
