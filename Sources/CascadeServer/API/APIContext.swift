package import Hummingbird

/// What a handler knows beside the request.
package struct APIContext: RequestContext {
  /// What Hummingbird keeps.
  package var coreContext: CoreRequestContextStorage

  /// The context of one request.
  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
  }
}
