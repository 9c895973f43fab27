import Cryptography
import Logging
import Venice

/// How this program reaches Venice.
enum VeniceAccess {
  /// The client of Venice, at `CASCADE_VENICE_URL`, with the key `CASCADE_VENICE_KEY`. Throws what is wrong with the
  /// address.
  static func client(_ logger: Logger) throws(ReadingError) -> VeniceClient {
    do throws(VeniceFailure) {
      let transport = try HTTPTransport(
        baseURL: Environment.value("VENICE_URL") ?? VeniceClient.address,
        key: Environment.value("VENICE_KEY").map { Secret($0.utf8) })
      return VeniceClient(transport, logger: logger)
    } catch {
      throw ReadingError(message: error.reason)
    }
  }
}
