import Foundation

/// Tokens made and checked a second on one core: against the bare signatures of `openssl speed`, and against whole
/// tokens of jwt-kit and PyJWT.
enum Tokens {
  /// An algorithm, and what `openssl speed` calls it.
  private struct Kind {
    var name: String
    var speed: [String]
  }

  private static let kinds = [
    Kind(name: "ES256", speed: ["ecdsap256"]), Kind(name: "EdDSA", speed: ["ed25519"]),
    Kind(name: "RS256", speed: ["rsa2048"]), Kind(name: "HS256", speed: ["-hmac", "sha256"]),
  ]

  /// What was measured in each round.
  private struct Rates {
    var tokens: [Double] = []
    var signatures: [Double] = []
    var openSSL: [Double] = []
    var jwtKit: [Double] = []
    var pyJWT: [Double] = []
  }

  static func rows(_ settings: Settings, _ work: WorkDirectory) throws -> [Row] {
    let (keys, pem) = (work.file("keys.json"), work.file("rsa.pem"))
    let script = settings.benchmarks + "/token_work.py"
    _ = try Program.run(settings.python, [script, "keys", keys, pem])
    let ours = try Worker(settings.tokenWork, [keys])
    let jwtKit = try Worker(settings.jwtKitWork, [pem])
    let pyJWT = try Worker(settings.python, [script, "serve", keys])
    defer { for worker in [ours, jwtKit, pyJWT] { worker.stop() } }
    var rates: [String: Rates] = [:]
    for _ in 0..<settings.rounds {
      for kind in kinds {
        let limit = try openSSL(kind, signedBytes: Int(ours.perform("bytes \(kind.name) 0").value))
        for (verb, bare, openSSL) in [("sign", "signature", limit.sign), ("verify", "check", limit.verify)] {
          let line = "\(verb) \(kind.name) 0.4"
          rates[line, default: Rates()].tokens.append(try ours.rate(line))
          rates[line, default: Rates()].jwtKit.append(try jwtKit.rate(line))
          rates[line, default: Rates()].pyJWT.append(try pyJWT.rate(line))
          rates[line, default: Rates()].signatures.append(try ours.rate("\(bare) \(kind.name) 0.4"))
          rates[line, default: Rates()].openSSL.append(openSSL)
        }
      }
    }
    return kinds.flatMap { kind in
      [("sign", "signed"), ("verify", "verified")].flatMap { verb, done in
        rows(
          rates["\(verb) \(kind.name) 0.4"] ?? Rates(), "\(kind.name) tokens \(done), /s",
          "\(kind.name) bare, \(done), /s")
      }
    }
  }

  private static func rows(_ rates: Rates, _ what: String, _ bare: String) -> [Row] {
    func row(_ what: String, _ ours: [Double], _ theirs: [Double], _ name: String, least: Double?) -> Row {
      let ratio = zip(ours, theirs).map { $0 / $1 }.median
      return Row(
        what: what, cascade: ours.median.text(), other: theirs.median.text() + " " + name, ratio: ratio.text(2),
        aim: least.map { "≥ \($0)" } ?? "", isMet: least.map { ratio >= $0 })
    }
    return [
      row(what, rates.tokens, rates.openSSL, "openssl speed", least: 0.8),
      row(what, rates.tokens, rates.jwtKit, "jwt-kit", least: 1),
      row(what, rates.tokens, rates.pyJWT, "PyJWT", least: 1),
      row(bare, rates.signatures, rates.openSSL, "openssl speed", least: nil),
    ]
  }

  /// Signatures made and checked a second by OpenSSL itself; a code is made and checked alike, over as many bytes as
  /// those of a token.
  private static func openSSL(_ kind: Kind, signedBytes: Int) throws -> (sign: Double, verify: Double) {
    let isCode = kind.name == "HS256"
    let size = isCode ? ["-bytes", String(signedBytes)] : []
    let text = try Program.run(
      "openssl", ["speed", "-seconds", "1"] + size + kind.speed, core: Program.clientCore)
    let words = text.split(separator: "\n").last?.split(separator: " ").map(String.init) ?? []
    if isCode, let kilobytes = words.last?.dropLast(), let rate = Double(kilobytes) {
      return (rate * 1000 / Double(signedBytes), rate * 1000 / Double(signedBytes))
    }
    guard !isCode, let sign = words.dropLast().last.flatMap({ Double($0) }),
      let verify = words.last.flatMap({ Double($0) })
    else { throw BenchmarkError("openssl speed says: \(text)") }
    return (sign, verify)
  }
}
