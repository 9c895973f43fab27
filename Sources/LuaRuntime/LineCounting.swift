package import Core
internal import CLuaBridge

extension Bytecode {
  /// The lines that hold code, each once, ascending; empty when they can't be read.
  package var activeLines: [Int] {
    let collector = LineCollector()
    let code = unsafe clb_bytes(bytes: pointer.baseAddress?.assumingMemoryBound(to: UInt8.self), count: count)
    _ = unsafe clb_active_lines(
      code,
      { context, line in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<LineCollector>.fromOpaque(context).takeUnretainedValue().lines.append(Int(line))
      }, Unmanaged.passUnretained(collector).toOpaque())
    return withExtendedLifetime(collector) { collector.lines }
  }
}

extension VirtualMachine {
  /// How often each line ran since the machine was made, when it counts them: path → line → hits.
  package var lineHits: [ExactText: [Int: UInt64]] {
    let collector = LineCollector()
    unsafe clb_vm_each_line(
      vm,
      { context, file, line, hits in
        guard let context = unsafe context, let file = unsafe file else { return }
        let collector = unsafe Unmanaged<LineCollector>.fromOpaque(context).takeUnretainedValue()
        unsafe collector.hits[ExactText(String(cString: file)), default: [:]][Int(line), default: 0] += hits
      }, Unmanaged.passUnretained(collector).toOpaque())
    return withExtendedLifetime(collector) { collector.hits }
  }
}

private final class LineCollector {
  var lines: [Int] = []
  var hits: [ExactText: [Int: UInt64]] = [:]
}
