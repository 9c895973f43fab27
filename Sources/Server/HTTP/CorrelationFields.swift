internal import Core
internal import HTTPTypes

/// The fields that name a request, in and out.
extension RequestHead {
  /// What names the request; nil when it brought nothing that does. An id of another form than the host takes is
  /// replaced. Who shows a token gets one in any case, for what is committed or refused stands in the log and in the
  /// audit; a decision of anybody else's leaves nothing but its answer and record, which its own id names.
  var correlation: Correlation? {
    let isNumbered = requestID != nil || authorization != nil
    if !isNumbered, traceparent == nil { return nil }
    let id = isNumbered ? requestID.flatMap { RequestID($0) } ?? .made() : nil
    let trace = traceparent.flatMap { TraceContext(traceparent: $0) }
    return id == nil && trace == nil ? nil : Correlation(id: id, received: trace)
  }
}

extension Correlation {
  /// The name of the field that carries the id.
  static let idField = "x-request-id"
  /// The name of the field that carries the trace.
  static let traceField = "traceparent"

  /// What names the request of these fields, which gets an id when it brought none that can be taken. Of a field that
  /// came twice, none counts.
  convenience init(_ fields: HTTPFields) {
    let (ids, traces) = (fields.values(Self.idField), fields.values(Self.traceField))
    self.init(
      id: (ids.count == 1 ? RequestID(ids[0]) : nil) ?? .made(),
      received: traces.count == 1 ? TraceContext(traceparent: traces[0]) : nil)
  }

  /// The fields of an answer, each behind the end of the line before.
  var fields: String {
    var fields = ""
    if let id { fields += "\r\n\(Self.idField): \(id)" }
    if let trace { fields += "\r\n\(Self.traceField): \(trace)" }
    return fields
  }
}
