internal import Core
internal import Hummingbird

/// How many items a page of a list has, as the parameter `limit` says.
struct PageSize {
  /// Items of a page when nobody says how many.
  private static let usual = 100

  /// Items of a page at most.
  let most: Int

  /// The parameter as the document has it.
  var parameter: Endpoint.Parameter {
    Endpoint.Parameter(
      "limit", in: .query, "How many at most; \(Self.usual) when it is left out",
      schema: ["type": "integer", "minimum": 1, "maximum": .integer(Int64(most))])
  }

  /// What a request asks for. Throws `invalid_input` that says what is allowed.
  func read(_ request: Request) throws(ProblemDocument) -> Int {
    guard let text = request.uri.queryParameters["limit"] else { return Self.usual }
    guard let number = Int(text), (1...most).contains(number) else {
      throw ProblemDocument(.invalidInput, "limit wants a whole number from 1 to \(most), got '\(text)'")
    }
    return number
  }
}
