package import Core
internal import HTTPTypes
package import Hummingbird
internal import NIOCore

extension Response {
  /// A JSON body. O(size).
  package init(json: JSON, status: Int = 200) {
    self.init(bytes: json.bytes, mediaType: "application/json", status: status)
  }

  /// A problem with its status and fields.
  package init(_ problem: ProblemDocument) {
    self.init(
      bytes: problem.bytes, mediaType: "\(ProblemDocument.contentType)", status: problem.status.number,
      reason: "\(problem.status.reason)")
    for (name, value) in problem.headers { headers.set(name, value) }
  }

  /// These bytes as they are.
  init(bytes: [UInt8], mediaType: String, status: Int = 200, reason: String? = nil) {
    let status = reason.map { HTTPResponse.Status(code: status, reasonPhrase: $0) } ?? HTTPResponse.Status(code: status)
    self.init(status: status, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    headers.set("content-type", mediaType)
  }
}

extension HTTPFields {
  /// Sets a field; a name that can't be one is left out.
  mutating func set(_ name: String, _ value: String) {
    if let name = HTTPField.Name(name) { self[name] = value }
  }

  /// The values of a field, one for each time it was sent.
  func values(_ name: String) -> [String] {
    HTTPField.Name(name).map { self[values: $0] } ?? []
  }

  /// The value of a field, nil when absent.
  func value(_ name: String) -> String? {
    HTTPField.Name(name).flatMap { self[$0] }
  }
}
