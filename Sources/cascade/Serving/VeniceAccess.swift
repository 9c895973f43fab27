import Cryptography
import Tokens
import Venice

/// Creates the client of Venice.
enum VeniceAccess {
  /// The way to Venice, at `CASCADE_VENICE_URL`, with the key `CASCADE_VENICE_KEY`. Throws what is wrong with them.
  static func transport() throws(ReadingError) -> HTTPTransport {
    let key: Secret?
    do throws(TokenError) {
      key = try Environment.value("VENICE_KEY").map { (text) throws(TokenError) in
        try SecretText.secret(Array(text.utf8), in: "CASCADE_VENICE_KEY")
      }
    } catch {
      throw ReadingError(message: error.reason)
    }
    do throws(VeniceFailure) {
      return try HTTPTransport(baseURL: Environment.value("VENICE_URL") ?? VeniceClient.address, key: key)
    } catch {
      throw ReadingError(message: error.reason)
    }
  }
}
