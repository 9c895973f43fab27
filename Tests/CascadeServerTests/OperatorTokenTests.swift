import FoundationEssentials
import Glibc
import Testing

@testable import CascadeServer

struct OperatorTokenTests {
  @Test func `a token is 256 bits of base64url, new every time`() {
    let secrets = Set((0..<200).map { _ in OperatorToken().secret })
    #expect(secrets.count == 200)
    for secret in secrets {
      #expect(secret.utf8.count == 43)
      #expect(OperatorToken(text: Array(secret.utf8))?.secret == secret)
      let padded = secret.replacing("-", with: "+").replacing("_", with: "/") + "="
      #expect(Data(base64Encoded: padded)?.count == 32)
    }
    #expect(Set(secrets.joined()).count == 64)
  }

  @Test func `only the whole token matches`() {
    let token = OperatorToken()
    let secret = token.secret
    #expect(token.matches(secret))
    #expect(token.matches(Array(secret.utf8)[...]))
    #expect(!token.matches(""))
    #expect(!token.matches(secret + "A"))
    #expect(!token.matches(secret + "\0"))
    #expect(!token.matches(secret.dropLast().utf8))
    #expect(!token.matches(String(repeating: "\0", count: 43)))
    for index in 0..<43 {
      var wrong = Array(secret.utf8)
      wrong[index] ^= 1
      #expect(!token.matches(wrong))
    }
  }

  @Test func `printing a token shows nothing`() {
    let token = OperatorToken()
    var dumped = ""
    dump(token, to: &dumped)
    for text in ["\(token)", String(reflecting: token), "\([token])", "\(Optional(token) as Any)", dumped] {
      #expect(!text.contains(token.secret))
      #expect(text.contains("…"))
    }
  }

  @Test func `the first load makes it, the next finds it`() throws {
    try withDirectory { directory in
      let data = directory + "/deep/.cascade"
      let token = try OperatorToken.load(orCreateIn: data)
      #expect(try OperatorToken.load(orCreateIn: data).secret == token.secret)
      #expect(try mode(data) == 0o700)
      #expect(try mode(data + "/operator.token") == 0o600)
      let content = try String(contentsOf: URL(filePath: data + "/operator.token"), encoding: .utf8)
      #expect(content == token.secret + "\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: data) == ["operator.token"])
    }
  }

  @Test func `a trailing slash and an existing directory are fine`() throws {
    try withDirectory { directory in
      #expect(chmod(directory, 0o755) == 0)
      let token = try OperatorToken.load(orCreateIn: directory + "/")
      #expect(try OperatorToken.load(orCreateIn: directory).secret == token.secret)
      // What the operator made is the operator's to judge.
      #expect(try mode(directory) == 0o755)
    }
  }

  @Test func `many at once agree on one token`() async throws {
    for _ in 0..<20 {
      let directory = try makeDirectory()
      defer { try? FileManager.default.removeItem(atPath: directory) }
      let secrets = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 {
          group.addTask { try OperatorToken.load(orCreateIn: directory + "/data").secret }
        }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(secrets.count == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/data") == ["operator.token"])
    }
  }

  @Test(arguments: [0o640, 0o604, 0o660, 0o601, 0o644] as [mode_t])
  func `a file others may use is refused`(mode: mode_t) throws {
    try withDirectory { directory in
      _ = try OperatorToken.load(orCreateIn: directory)
      #expect(chmod(directory + "/operator.token", mode) == 0)
      let error = refusal(directory)
      #expect(error?.code == .exposed)
      #expect(error?.message.contains("mode 0\(String(mode, radix: 8))") == true)
      #expect(error?.message.hasPrefix(directory + "/operator.token: ") == true)
    }
  }

  @Test(arguments: [
    "", "\n", "short\n", String(repeating: "A", count: 42), String(repeating: "A", count: 44),
    String(repeating: "A", count: 42) + "B", String(repeating: "A", count: 42) + "=",
    String(repeating: "A", count: 43) + "\n\n", String(repeating: "+", count: 43),
    String(repeating: "A", count: 100_000),
  ])
  func `a file that holds no token is refused`(content: String) throws {
    try withDirectory { directory in
      let path = directory + "/operator.token"
      try Data(content.utf8).write(to: URL(filePath: path))
      #expect(chmod(path, 0o600) == 0)
      #expect(refusal(directory)?.code == .malformed)
      #expect(try String(contentsOf: URL(filePath: path), encoding: .utf8) == content)
    }
  }

  @Test func `what is no regular file is refused`() throws {
    try withDirectory { directory in
      let path = directory + "/operator.token"
      try Data(OperatorToken().secret.utf8).write(to: URL(filePath: directory + "/elsewhere"))
      #expect(chmod(directory + "/elsewhere", 0o600) == 0)
      #expect(symlink(directory + "/elsewhere", path) == 0)
      #expect(refusal(directory)?.message.contains("not a regular file") == true)
      unlink(path)
      #expect(mkfifo(path, 0o600) == 0)
      #expect(refusal(directory)?.message.contains("not a regular file") == true)
      unlink(path)
      #expect(mkdir(path, 0o700) == 0)
      #expect(refusal(directory)?.message.contains("not a regular file") == true)
    }
  }

  @Test func `a directory that can't be made is named`() throws {
    try withDirectory { directory in
      try Data().write(to: URL(filePath: directory + "/file"))
      let error = refusal(directory + "/file/data")
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains(directory + "/file") == true)
    }
  }

  private func refusal(_ directory: String) -> OperatorTokenError? {
    #expect(throws: OperatorTokenError.self) { try OperatorToken.load(orCreateIn: directory) }
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    let permissions = attributes[.posixPermissions] as? Int
    return try #require(permissions)
  }

  private func makeDirectory() throws -> String {
    var template = Array("/tmp/operator-token-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private func withDirectory(_ body: (String) throws -> Void) throws {
    let directory = try makeDirectory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body(directory)
  }
}
