internal import Core
internal import Foundation
internal import Tokens

/// Makes and checks tokens in process, for as long as each line of the input says.
///
/// `TokenWork KEYS.json` reads a JWK set of private keys and answers each line, `sign|verify ALG SECONDS`, by
/// `{"seconds":…,"value":…}`: how long it took and how many tokens it were.
@main
enum TokenWork {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else { throw WorkError(description: "wants KEYS.json") }
    let file = try Data(contentsOf: URL(filePath: CommandLine.arguments[1]))
    let keys = try JSON(parsing: file)["keys"]?.array ?? []
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 3, let seconds = Double(words[2]),
        let key = keys.first(where: { $0["alg"]?.string == String(words[1]) })
      else { throw WorkError(description: "wants 'sign|verify ALG SECONDS', not '\(line)'") }
      let work = try Work(key)
      let answer = try words[0] == "sign" ? work.sign(for: seconds) : work.verify(for: seconds)
      print((["seconds": .double(answer.seconds), "value": .integer(Int64(answer.count))] as JSON).text)
      fflush(nil)
    }
  }
}

/// What kept work from being done.
struct WorkError: Error, CustomStringConvertible {
  var description: String
}

/// A key with what it signs and checks.
private struct Work {
  let signer: TokenSigner
  let verifier: TokenVerifier
  let claims: JSON.Object
  let now = Int64(Date().timeIntervalSince1970 * 1000)

  init(_ key: JSON) throws {
    let keys = try JSONWebKeySet(parsing: (["keys": [key]] as JSON).bytes)
    let issuer = "https://cascade.example"
    signer = try TokenSigner(keys.keys[0], issuer: issuer)
    verifier = TokenVerifier(keys: keys, policy: ClaimsPolicy(issuer: issuer, audience: issuer, types: [.access]))
    claims = JSON.Object([
      ("sub", "TopGlassmaker"), ("aud", .string(issuer)), ("tier", "participant"), ("generation", 7),
      ("permissions", ["basic_access", "collaboration", "merchant_council"]),
    ])
  }

  func sign(for seconds: Double) throws -> (count: Int, seconds: Double) {
    var number: UInt64 = 0
    return try repeating(seconds) {
      number += 1
      let identity = Identifier(milliseconds: now, random: (1, number))
      _ = try signer.token(.access, claims: claims, identity: identity, now: now, lifetimeSeconds: 1800)
    }
  }

  func verify(for seconds: Double) throws -> (count: Int, seconds: Double) {
    let identity = Identifier(milliseconds: now, random: (1, 2))
    let token = try signer.token(.access, claims: claims, identity: identity, now: now, lifetimeSeconds: 1800)
    return try repeating(seconds) { _ = try verifier.verify(token, now: now) }
  }

  private func repeating(_ seconds: Double, _ body: () throws -> Void) throws -> (count: Int, seconds: Double) {
    let start = ContinuousClock.now
    var count = 0
    while true {
      for _ in 0..<50 { try body() }
      count += 50
      let passed = (ContinuousClock.now - start) / .seconds(1)
      if passed >= seconds { return (count, passed) }
    }
  }
}
