import Foundation
import JWTKit

/// What TokenWork does, by jwt-kit: `JWTKitWork RSA.pem`, then lines `sign|verify ALG SECONDS`. The other keys are
/// its own.
@main
enum JWTKitWork {
  static func main() async throws {
    let pem = try String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8)
    print("{\"name\":\"jwt-kit\"}")
    fflush(nil)
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 3, let seconds = Double(words[2]) else { throw WorkError(line: line) }
      let keys = JWTKeyCollection()
      switch words[1] {
      case "ES256": await keys.add(ecdsa: ES256PrivateKey())
      case "EdDSA": await keys.add(eddsa: try EdDSA.PrivateKey())
      case "RS256": await keys.add(rsa: try Insecure.RSA.PrivateKey(pem: pem), digestAlgorithm: .sha256)
      case "HS256": await keys.add(hmac: "0123456789abcdef0123456789abcdef", digestAlgorithm: .sha256)
      default: throw WorkError(line: line)
      }
      let token = try await keys.sign(Claims())
      let isSigning = words[0] == "sign"
      let start = processorSeconds
      var (count, passed) = (0, 0.0)
      while passed < seconds {
        for _ in 0..<50 {
          if isSigning { _ = try await keys.sign(Claims()) } else { _ = try await keys.verify(token, as: Claims.self) }
        }
        count += 50
        passed = processorSeconds - start
      }
      print("{\"seconds\":\(passed),\"value\":\(count)}")
      fflush(nil)
    }
  }

  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// A line that is not understood.
struct WorkError: Error { var line: String }

/// The same claims as TokenWork's, checked alike.
struct Claims: JWTPayload {
  static let issuer = "https://cascade.example"

  var iss: IssuerClaim = .init(value: issuer)
  var sub: SubjectClaim = "TopGlassmaker"
  var aud: AudienceClaim = .init(value: [issuer])
  var iat: IssuedAtClaim = .init(value: now)
  var exp: ExpirationClaim = .init(value: now + 1800)
  var jti: IDClaim = "01890a5d-ac96-774b-bcce-b302099a8057"
  var tier = "participant"
  var generation = 7
  var permissions = ["basic_access", "collaboration", "merchant_council"]

  private static let now = Date()

  func verify(using algorithm: some JWTAlgorithm) async throws {
    guard iss.value == Self.issuer else { throw JWTError.claimVerificationFailure(failedClaim: iss, reason: "iss") }
    try aud.verifyIntendedAudience(includes: Self.issuer)
    try exp.verifyNotExpired(currentDate: Self.now)
  }
}
