import Cryptography
import Logging
import Venice

/// Creates the client of Venice.
enum VeniceAccess {
  /// The client of Venice at `CASCADE_VENICE_URL`, with the key `CASCADE_VENICE_KEY`. Throws for an unusable address.
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
