import Core
import Foundation
import Testing

/// Signing in, as the article prints it, and `cascade token enrol`.
struct SigningInTests {
  @Test func `the article's commands sign in, refresh and sign out, and nothing is taken twice`() throws {
    let scratch = try Scratch()
    try scratch.copyRulebook()
    let server = try RunningServer(scratch, ["--demo", "--no-specs"])
    let commands = try PrintedCommands(article: "SigningIn")
    let ending = try PrintedCommands.run([commands], scratch, server)
    #expect(ending.code == 0, "\(ending.error)")
    #expect(ending.out == commands.expected, "\(ending.error)\(server.logged)")

    // What anybody could use stands in no log.
    for file in ["tokens.json", "fresh.json"] {
      let found = try #require(
        FileManager.default.enumerator(atPath: scratch.url.path())?.compactMap { $0 as? String }
          .first { $0.hasSuffix("/" + file) })
      let tokens = try JSON(parsing: Array(Data(contentsOf: scratch.url.appending(path: found))))
      for name in ["access_token", "refresh_token"] {
        let token = try #require(tokens[name]?.string)
        #expect(!server.logged.contains(token.suffix(40)))
      }
    }
    #expect(server.stop() == 0)
  }

  private static let key = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"

  @Test func `enrol takes a key or a file of one, and remove takes it away again`() throws {
    let scratch = try Scratch()
    let data = ["--data", scratch.url.appending(path: "data").path()]
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\(Self.key)=\n-----END PUBLIC KEY-----\n"
    let file = try scratch.write("anna.pub", pem)
    var answers: Set<String> = []
    for key in [file, Self.key, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\(Self.key)\"}"] {
      let ending = try Program.run(["token", "enrol", "anna", "--key", key] + data)
      #expect(ending.code == 0, "\(ending.error)")
      answers.insert(ending.out)
    }
    answers.insert(try Program.run(["token", "enrol", "anna", "--key", "-"] + data, input: pem).out)
    #expect(answers == ["{\"citizen\":\"anna\",\"kid\":\"3YZxBJ12jO3n_mXt_q-j_Z-TFP1vt-NiI3OCf-fEnHQ\"}\n"])
    #expect(try Program.run(["token", "enrol", "anna", "--remove"] + data).code == 0)
    let again = try Program.run(["token", "enrol", "anna", "--remove"] + data)
    #expect(again.code == 2)
    #expect(again.error.contains("no key is enrolled for 'anna'"))
  }

  @Test(arguments: [
    (["anna"], 64, "--key and --remove"), (["anna", "--key", key, "--remove"], 64, "--key and --remove"),
    (["", "--key", key], 64, "can't be a citizen's name"), (["a\nb", "--key", key], 64, "can't be a citizen's name"),
    (["anna", "--key", "nothing"], 1, "this is no key"),
    (["anna", "--key", "no/file.pub"], 1, "can't read no/file.pub"),
    (["anna", "--key", "11111111111111111111111111111111"], 1, "small order"),
  ])
  func `enrol says what it can't take`(arguments: [String], code: Int32, message: String) throws {
    let scratch = try Scratch()
    let ending = try Program.run(
      ["token", "enrol"] + arguments + ["--data", scratch.url.appending(path: "data").path()])
    #expect(ending.code == code)
    #expect(ending.error.contains(message), "\(ending.error)")
    #expect(ending.out.isEmpty)
  }
}
