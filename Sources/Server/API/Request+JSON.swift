internal import Core
internal import Hummingbird

extension Request {
  /// The body as JSON, within the server's limit on bodies. Throws `malformed_request` when it is none. O(size).
  func json(limits: JSON.ParsingLimits = JSON.ParsingLimits()) async throws -> JSON {
    let body = try await body.collect(upTo: .max)
    do throws(JSON.ParsingError) {
      return try JSON(parsing: Array(body.readableBytesView), limits: limits)
    } catch {
      throw ProblemDocument(.malformedRequest, "the body is no JSON: \(error)")
    }
  }
}
