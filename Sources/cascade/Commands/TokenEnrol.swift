import ArgumentParser
import Citizens
import Core
import Cryptography
import Glibc
import Tokens

/// `cascade token enrol`: the key with which a citizen signs in.
struct EnrolKey: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "enrol", abstract: "Enrols the key with which a citizen signs in.",
    discussion: """
      It takes the place of the citizen's wallet, and of a key that was enrolled before. A host that runs notices \
      within a second. Prints citizen and key as one JSON object.
      """)

  @Argument(help: "The citizen's name.") var citizen: String
  // A key in base64url may begin with a hyphen.
  @Option(
    parsing: .unconditional,
    help: "An Ed25519 public key: a file, - for standard input, or the key itself: \(Ed25519Text.forms).")
  var key: String?
  @Flag(help: "Removes the citizen's key, so that the wallet counts again.") var remove = false
  @OptionGroup var options: DataOptions

  func validate() throws {
    if remove == (key != nil) { throw ValidationError("one of --key and --remove is needed") }
    guard IdentityProof.accepts(username: citizen, limit: AuthenticationLimits().usernameBytes) else {
      throw ValidationError("'\(citizen)' can't be a citizen's name: it is empty, too long or has control characters")
    }
  }

  func run() throws {
    guard let text = key else { return try removeKey() }
    let given = Result { () throws(TokenError) in try Self.key(text) }
    let identifier = try options.withKeys { (directory) throws(TokenError) in
      let key = try given.get()
      try EnrolledKeys(directory).enrol(citizen, key)
      return Thumbprint.text(of: key.material)
    }
    try options.note("enrolKey", ("citizen", citizen), ("kid", identifier))
    let answer: JSON = ["citizen": .string(citizen), "kid": .string(identifier)]
    Output.write(answer)
  }

  private func removeKey() throws {
    let was = try options.withKeys { (directory) throws(TokenError) in try EnrolledKeys(directory).remove(citizen) }
    if was { return try options.note("removeKey", ("citizen", citizen)) }
    Output.note("error: no key is enrolled for '\(citizen)'")
    throw ExitCode.no
  }

  /// The key in the file that `text` names, or else in `text` itself.
  private static func key(_ text: String) throws(TokenError) -> VerificationKey {
    let isKey = text.contains("-----BEGIN ") || text.begins(with: "{")
    guard !isKey, text == "-" || text.contains("/") || text.contains(".") || access(text, F_OK) == 0 else {
      return try Ed25519Text.key(text)
    }
    let content: String
    do { content = String(decoding: try InputFile.read(text), as: UTF8.self) } catch { throw TokenError("\(error)") }
    do throws(TokenError) {
      return try Ed25519Text.key(content)
    } catch {
      throw TokenError("\(text == "-" ? "standard input" : text): \(error.reason)")
    }
  }
}
