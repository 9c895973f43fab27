import ArgumentParser
import Core
import Tokens

/// `cascade token sign`: signs a statement or receipt in the platform's name.
struct SignToken: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Signs a statement or a receipt, as the host does for a rule.",
    discussion: "Prints the token. The purpose limits its claims and its lifetime.")

  @Option(help: "The purpose: \(SignToken.purposes).") var purpose: String
  @Option(help: "A JSON file with the claims, - for standard input: {\"sub\":\"NAME\",…}.") var claims: String
  @Option(help: "The lifetime: seconds, or 90s, 30m, 8h. (default: the purpose's usual one)")
  var lifetime: Lifetime?
  @Option(help: "The issuer. (default: that of the host on these data)") var issuer: String?
  @OptionGroup var options: DataOptions

  private static let purposes = TokenPurpose.allCases.filter(\.isForRules).map(\.rawValue).joined(separator: " or ")

  func validate() throws {
    guard TokenPurpose(rawValue: purpose)?.isForRules ?? false else {
      throw ValidationError("--purpose is \(Self.purposes), not '\(purpose)'")
    }
  }

  func run() throws {
    let given = Result { () throws(TokenError) in try self.request() }
    let minted = try options.withKeys { (directory) throws(TokenError) in
      let request = try given.get()
      let kept = try directory.issuer()
      guard let name = issuer ?? kept else {
        throw TokenError("no host ever ran on \(options.data), so the issuer's name isn't known; --issuer names it")
      }
      let now = WallClock.milliseconds()
      return try TokenMinter(Issuer(name: name, ring: directory.ring, now: now)).mint(request, now: now)
    }
    try options.note("signToken", ("jti", minted.identity.description), ("purpose", purpose))
    Output.write(minted.text + "\n")
  }

  private func request() throws(TokenError) -> TokenRequest {
    let json: JSON
    do { json = try InputFile.json(claims) } catch { throw TokenError("\(error)") }
    guard let object = json.object, let purpose = TokenPurpose(rawValue: purpose) else {
      throw TokenError("\(claims) is no JSON object of claims")
    }
    do throws(HostCallProblem) {
      return try TokenRequest(purpose, claims: object, lifetimeSeconds: lifetime?.seconds)
    } catch {
      throw TokenError(error.message)
    }
  }
}
