internal import Core
package import Hummingbird
package import NIOCore

/// What a handler knows beside the request.
package struct APIContext: RequestContext {
  /// What Hummingbird keeps of a request.
  package var coreContext: CoreRequestContextStorage
  /// Where the request came from; nil when that isn't known.
  package let remoteAddress: SocketAddress?
  /// The operator who asks, as records name them; nil where none is needed.
  package var requester: String?

  /// The context of one request.
  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    remoteAddress = source.channel.remoteAddress
  }

  /// A parameter of the path, percent-decoded. Throws `malformed_request` when it can't be. O(length).
  package func pathParameter(_ name: String) throws(ProblemDocument) -> String {
    guard let raw = parameters[name[...]], let decoded = PercentDecoding.text(raw) else {
      throw ProblemDocument(.malformedRequest, "the path's {\(name)} is not percent-encoded UTF-8")
    }
    return decoded
  }
}
