internal import CLuaBridge

/// What a machine did, as bytes that are the same for the same: much cheaper than a ``Trace``, and not to be read.
package struct TraceForm: Sendable, Hashable {
  /// The events with all their texts but the following.
  package fileprivate(set) var steps: [UInt8] = []
  /// What each host call was given and answered, and each noted value, in their order.
  package fileprivate(set) var values: [[UInt8]] = []
}

extension VirtualMachine {
  /// The form of what it did since it was made or last asked, which it doesn't forget. O(bytes).
  package var traceForm: TraceForm {
    let collector = FormCollector()
    let isWhole = eachEvent(collector)
    var form = collector.form
    form.steps.append(isWhole ? 1 : 0)
    return form
  }

  /// Forgets what it did.
  package func dropTrace() { unsafe clb_vm_trace_clear(vm) }
}

private final class FormCollector: TraceCollector {
  var form = TraceForm()

  override func add(_ event: clb_trace_event) {
    unsafe form.steps.append(UInt8(truncatingIfNeeded: event.kind.rawValue))
    unsafe withUnsafeBytes(of: event.line.littleEndian) { unsafe form.steps.append(contentsOf: $0) }
    unsafe append(event.file)
    unsafe append(event.name)
    if unsafe event.kind == CLB_TRACE_HOST || event.kind == CLB_TRACE_NOTE {
      var value: [UInt8] = []
      unsafe Self.append(event.value, to: &value)
      unsafe Self.append(event.other, to: &value)
      form.values.append(value)
    } else {
      unsafe append(event.value)
      unsafe append(event.other)
    }
  }

  private func append(_ text: clb_bytes) { unsafe Self.append(text, to: &form.steps) }

  // With its length before it, so that no two lists of texts are alike.
  private static func append(_ text: clb_bytes, to bytes: inout [UInt8]) {
    let count = unsafe UInt32(truncatingIfNeeded: text.count).littleEndian
    unsafe withUnsafeBytes(of: count) { unsafe bytes.append(contentsOf: $0) }
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.bytes, count: text.count))
  }
}
