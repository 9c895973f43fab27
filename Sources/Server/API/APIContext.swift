internal import Core
package import Hummingbird
internal import NIOCore

/// What a handler knows beside the request.
package struct APIContext: RequestContext {
  /// Which connection it came on, as ``ConnectionPlaces`` knows it.
  let connection: ObjectIdentifier
  /// What Hummingbird keeps of a request.
  package var coreContext: CoreRequestContextStorage
  /// Whose request it is: the other end of the connection, or whom a trusted proxy passed on.
  package var client: ClientAddress
  /// The operator who asks, as records name them; nil where none is needed.
  package var requester: String?

  /// The context of one request.
  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    connection = ObjectIdentifier(source.channel)
    client = ClientAddress(source.channel.remoteAddress)
  }

  /// A parameter of the path, percent-decoded. Throws `malformed_request` when it can't be. O(length).
  package func pathParameter(_ name: String) throws(ProblemDocument) -> String {
    guard let raw = parameters[name[...]], let decoded = PercentDecoding.text(raw) else {
      throw ProblemDocument(.malformedRequest, "the path's {\(name)} is not percent-encoded UTF-8")
    }
    return decoded
  }
}
