internal import Core
internal import Foundation
internal import Tokens

/// Makes and checks tokens in process, for as long as each line of the input says.
///
/// `TokenWork KEYS.json` reads a JWK set of private keys, prints `{"name":…}` and answers each line, `WORK ALG
/// SECONDS`, by `{"seconds":…,"value":…}`: how much processor time it took and how often it was done. The work is
/// `sign` or `verify` for whole tokens, `signature` or `check` for what is signed in them alone; `bytes` tells how
/// many bytes that are.
@main
enum TokenWork {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else { throw WorkError(description: "wants KEYS.json") }
    let file = try Data(contentsOf: URL(filePath: CommandLine.arguments[1]))
    let keys = try JSON(parsing: file)["keys"]?.array ?? []
    print((["name": "Cascade"] as JSON).text)
    fflush(nil)
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 3, let seconds = Double(words[2]),
        let key = keys.first(where: { $0["alg"]?.string == String(words[1]) })
      else { throw WorkError(description: "wants 'WORK ALG SECONDS', not '\(line)'") }
      let work = try Work(key)
      let answer = try work.perform(String(words[0]), for: seconds)
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

  func perform(_ work: String, for seconds: Double) throws -> (count: Int, seconds: Double) {
    let (token, key) = (try token(1), signer.key)
    let signed = Array(token.utf8.prefix(upTo: token.utf8.lastIndex(of: UInt8(ascii: ".")) ?? token.endIndex))
    let signature = try key.signature(of: signed)
    var number: UInt64 = 1
    switch work {
    case "sign":
      return try repeating(seconds) {
        number += 1
        _ = try self.token(number)
      }
    case "verify": return try repeating(seconds) { _ = try verifier.verify(token, now: now) }
    case "signature": return try repeating(seconds) { _ = try key.signature(of: signed) }
    case "check": return try repeating(seconds) { _ = key.isValid(signature, for: signed) }
    case "bytes": return (signed.count, seconds)
    default: throw WorkError(description: "does no '\(work)'")
    }
  }

  private func token(_ number: UInt64) throws -> String {
    let identity = Identifier(milliseconds: now, random: (1, number))
    return try signer.token(.access, claims: claims, identity: identity, now: now, lifetimeSeconds: 1800)
  }

  /// Counts processor time, as `openssl speed` does, so that other programs take nothing away.
  private func repeating(_ seconds: Double, _ body: () throws -> Void) throws -> (count: Int, seconds: Double) {
    let start = Self.processorSeconds
    var count = 0
    while true {
      for _ in 0..<50 { try body() }
      count += 50
      let passed = Self.processorSeconds - start
      if passed >= seconds { return (count, passed) }
    }
  }

  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
