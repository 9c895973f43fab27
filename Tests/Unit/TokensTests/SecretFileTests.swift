import Cryptography
import Foundation
import Testing

@testable import Tokens

struct SecretFileTests {
  private func with(_ content: String, mode: Int, _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(content.utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    try body(path)
  }

  @Test func `a secret is read without the line end behind it`() throws {
    for text in ["sk_test_1", "sk_test_1\n", "sk_test_1\r\n"] {
      for mode in [0o600, 0o400] {
        try with(text, mode: mode) { path in
          let secret = try SecretFile.read(path)
          #expect(secret == Secret("sk_test_1".utf8))
        }
      }
    }
  }

  @Test func `a secret that Kubernetes mounted is read: a link to a file that its group may read`() throws {
    try with("sk_test_1\n", mode: 0o440) { path in
      let link = path + "-link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      defer { try? FileManager.default.removeItem(atPath: link) }
      for name in [path, link] {
        let secret = try SecretFile.read(name)
        #expect(secret == Secret("sk_test_1".utf8))
      }
    }
  }

  @Test(arguments: [0o640, 0o444, 0o604, 0o644, 0o620, 0o602, 0o610])
  func `a file that others can use is refused, and told how to mend it`(mode: Int) throws {
    try with("sk_test_1", mode: mode) { path in
      do throws(TokenError) {
        _ = try SecretFile.read(path)
        Issue.record("no error")
      } catch {
        #expect(error.reason.contains("chmod 600") && error.reason.contains(path))
        #expect(!error.reason.contains("sk_test_1"))
      }
    }
  }

  @Test func `no file, an empty file and a folder are no secret`() throws {
    #expect(throws: TokenError("there is no file /no/such/file")) { try SecretFile.read("/no/such/file") }
    try with("\n", mode: 0o600) { path in
      #expect(throws: TokenError("\(path) is empty")) { try SecretFile.read(path) }
    }
    #expect(throws: TokenError.self) { try SecretFile.read(FileManager.default.temporaryDirectory.path()) }
  }
}
