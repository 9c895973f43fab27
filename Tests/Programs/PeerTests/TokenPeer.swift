import Core
import PeerTesting
import Synchronization
import Testing

/// PyJWT and joserfc, asked through `Tests/Peers/tokens.py`.
///
/// It takes longer to start than to answer, so the tests share one.
final class TokenPeer: Sendable {
  /// The libraries, by the names that the script knows.
  enum Library: String, CaseIterable, Sendable { case pyjwt, joserfc }

  /// Why a library refused what it was given.
  struct Refusal: Error, CustomStringConvertible { var description: String }

  static let shared = Result { try TokenPeer() }

  private let process: Mutex<PeerProcess>

  private init() throws { process = Mutex(try PeerProcess([Peers.script("tokens.py")])) }

  /// The answer of a library; throws a ``Refusal`` when it refuses.
  func ask(_ library: Library, _ ask: String, _ parameters: [(name: String, value: JSON)] = []) throws -> JSON {
    let question = JSON.Object([("library", .string(library.rawValue)), ("ask", .string(ask))] + parameters)
    let answer = try JSON(parsing: process.withLock { try $0.ask(JSON.object(question).text) })
    if let refused = answer["refused"]?.string { throw Refusal(description: refused) }
    return try #require(answer["result"])
  }

  /// A token that a library makes.
  func sign(_ library: Library, _ algorithm: String, _ key: JSON, _ claims: JSON) throws -> String {
    let header = JSON.Object([("kid", try #require(key["kid"])), ("typ", "JWT")])
    let parameters = [("alg", JSON.string(algorithm)), ("key", key), ("header", .object(header)), ("claims", claims)]
    return try #require(ask(library, "sign", parameters).string)
  }

  /// The claims of a token that a library takes.
  func verify(_ library: Library, _ algorithm: String, _ keys: JSON, _ token: String) throws -> JSON {
    let parameters: [(String, JSON)] = [
      ("alg", .string(algorithm)), ("keys", keys), ("token", .string(token)), ("issuer", .string(TokenInterop.issuer)),
      ("audience", .string(TokenInterop.audience)),
    ]
    return try #require(ask(library, "verify", parameters)["claims"])
  }
}
