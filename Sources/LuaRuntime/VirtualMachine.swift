internal import CLuaBridge
package import Core

/// One Lua state in Swift's terms, with its limits. Used by one thread at a time.
///
/// Life: `init` → compiled modules are added → loaded → decisions bound → sealed → decisions run.
@safe package final class VirtualMachine {
  /// How a machine is made.
  package struct Configuration: Sendable {
    /// Bytes of Lua memory, the machine's own and all rules together.
    package var memory: Int
    /// Limits while a module loads.
    package var loading: RunLimits
    /// The host calls' names: `ledger.balance`; at most 64.
    package var hostCalls: [String]
    /// Counts how often each line runs, at the price of speed.
    package var countsLines: Bool
    /// How much is taken down of what is done, at the price of much speed.
    package var trace: TraceDepth

    /// A configuration; 32 MiB, and 250 ms to load a module.
    package init(
      memory: Int = 32 << 20, loading: RunLimits = RunLimits(fuel: 10_000_000, deadline: .milliseconds(250)),
      hostCalls: [String] = [], countsLines: Bool = false, trace: TraceDepth = .none
    ) {
      self.memory = memory
      self.loading = loading
      self.hostCalls = hostCalls
      self.countsLines = countsLines
      self.trace = trace
    }
  }

  /// Bytes of addresses that a machine of this configuration takes, most of them never used.
  package static func addresses(of configuration: Configuration) -> Int {
    clb_vm_addresses(configuration.memory)
  }

  let vm: OpaquePointer
  // Modules are loaded lazily, so the machine keeps what it was given.
  private var bytecode: [Bytecode] = []

  /// A machine with the frozen environment. Throws `memory_exhausted` when memory is short.
  package init(_ configuration: Configuration) throws(LuaFailure) {
    let created: OpaquePointer? = unsafe withBridgedStrings(configuration.hostCalls) { names in
      var bridged = unsafe clb_configuration(
        memory: configuration.memory, loading: configuration.loading.bridged, host_calls: names.baseAddress,
        host_call_count: UInt32(names.count), host: answerHostCall, count_lines: configuration.countsLines,
        trace: configuration.trace.bridged)
      return unsafe clb_vm_create(&bridged)
    }
    guard let created = unsafe created else {
      throw LuaFailure(code: .memoryExhausted, message: "no memory for a virtual machine")
    }
    unsafe vm = created
  }

  deinit { unsafe clb_vm_destroy(vm) }

  /// Bytes that Lua holds.
  package var memory: Int { unsafe clb_vm_memory(vm) }

  /// Bytes that the system holds for it, garbage and gaps included, at most.
  package var residentMemory: Int { unsafe clb_vm_resident(vm) }

  // MARK: Loading

  /// How long one file compiles at most when nobody says.
  package static let compiling = Duration.milliseconds(500)

  /// Compiles Lua text of at most 256 KiB; `path` is what messages call it.
  package func compile(
    path: String, source: [UInt8], deadline: Duration = VirtualMachine.compiling
  ) throws(LuaFailure) -> Bytecode {
    var compiled = unsafe clb_bytes()
    let nanoseconds = RunLimits(fuel: 0, deadline: deadline).bridged.deadline_nanoseconds
    try check(unsafe withBridged(source) { unsafe clb_vm_compile(vm, path, $0, nanoseconds, &compiled) })
    return unsafe Bytecode(copying: UnsafeRawBufferPointer(start: compiled.bytes, count: compiled.count))
  }

  /// Makes a module known to `require(name)` within `scope`, or everywhere when `scope` is empty.
  package func addModule(scope: String, name: String, path: String, bytecode: Bytecode) throws(LuaFailure) {
    self.bytecode.append(bytecode)
    let code = unsafe clb_bytes(
      bytes: bytecode.pointer.baseAddress?.assumingMemoryBound(to: UInt8.self), count: bytecode.count)
    try check(
      unsafe withBridgedStrings([scope, name, path]) { texts in
        unsafe clb_vm_add_module(vm, texts[0], texts[1], texts[2], code)
      })
  }

  /// Runs a module and keeps what it returns.
  package func loadModule(scope: String, name: String) throws(LuaFailure) {
    try check(unsafe withBridgedStrings([scope, name]) { unsafe clb_vm_load_module(vm, $0[0], $0[1]) })
  }

  /// What a loaded module returned, as JSON; a function becomes `{"$function":line}`.
  package func describeModule(scope: String, name: String) throws(LuaFailure) -> [UInt8] {
    var json = unsafe clb_bytes()
    try check(unsafe withBridgedStrings([scope, name]) { unsafe clb_vm_describe_module(vm, $0[0], $0[1], &json) })
    return unsafe Array(UnsafeBufferPointer(start: json.bytes, count: json.count))
  }

  /// Makes a decision callable and gives its number.
  package func bind(_ decision: DecisionBinding) throws(LuaFailure) -> Int {
    let names = decision.nodes.map(\.name)
    let defaults = decision.nodes.map { $0.defaultJSON ?? "" }
    let own = [decision.scope, decision.module, decision.name]
    var index: UInt32 = 0
    let status = unsafe withBridgedStrings(own + names + defaults + decision.nodes.map(\.bridgedText)) { texts in
      let nodes = unsafe decision.nodes.enumerated().map { place, node in
        let place = own.count + place
        return unsafe node.bridged(
          name: texts[place], text: texts[place + 2 * names.count], defaultJSON: texts[place + names.count])
      }
      return unsafe nodes.withUnsafeBufferPointer { nodes in
        var bridged = unsafe clb_decision(
          scope: texts[0], module: texts[1], name: texts[2], input: UInt32(decision.input),
          output: UInt32(decision.output), nodes: nodes.baseAddress, node_count: UInt32(nodes.count),
          host_calls: decision.hostCalls.reduce(0) { $0 | 1 << UInt64($1) })
        return unsafe clb_vm_bind_decision(vm, &bridged, &index)
      }
    }
    try check(status)
    return Int(index)
  }

  /// Freezes everything that was loaded. After it nothing more is loaded.
  package func seal() throws(LuaFailure) { try check(unsafe clb_vm_seal(vm)) }

  /// The number of the decision of this name, nil when there is none.
  package func decision(named name: String) -> Int? {
    var index: UInt32 = 0
    let found = unsafe withBridgedStrings([name]) { unsafe clb_vm_find_decision(vm, $0[0], &index) }
    return found ? Int(index) : nil
  }

  // MARK: Running

  /// Makes one decision, from JSON bytes to JSON bytes. `handler` answers its host calls.
  package func decide(_ request: RunRequest, input: UnsafeRawBufferPointer, handler: (any HostCallHandler)?)
    -> Outcome
  {
    unsafe run(request, input, handler) { vm, run in unsafe clb_vm_decide(vm, run) }
  }

  /// Runs a spec file's body through `prelude`, a loaded module that returned a function; see the bridge's
  /// `clb_vm_run_spec`.
  package func runSpec(
    prelude: String, scope: String, name: String, request: RunRequest, input: [UInt8], handler: any HostCallHandler
  ) -> Outcome {
    unsafe input.withUnsafeBytes { input in
      unsafe run(request, input, handler) { vm, run in
        unsafe withBridgedStrings([prelude, scope, name]) { unsafe clb_vm_run_spec(vm, $0[0], $0[1], $0[2], run) }
      }
    }
  }

  private func run(
    _ request: RunRequest, _ input: UnsafeRawBufferPointer, _ handler: (any HostCallHandler)?,
    _ body: (OpaquePointer, UnsafePointer<clb_run>) -> clb_outcome
  ) -> Outcome {
    var run = unsafe clb_run()
    unsafe run.decision = UInt32(request.decision)
    unsafe run.enveloped = request.isEnveloped
    unsafe run.input = clb_bytes(
      bytes: input.baseAddress?.assumingMemoryBound(to: UInt8.self), count: input.count)
    unsafe run.now_milliseconds = request.nowMilliseconds ?? Int64.min  // CLB_NOW_LAZY
    unsafe run.limits = request.limits.bridged
    let id = (request.id.high.bigEndian, request.id.low.bigEndian)
    unsafe withUnsafeMutableBytes(of: &run.decision_id) { target in
      unsafe withUnsafeBytes(of: id) { unsafe target.copyMemory(from: $0) }
    }
    guard let handler else { return unsafe finish(body(vm, &run)) }
    var answering = AnsweringHandler(handler: handler)
    // Lent for the length of the run: no box is made for each.
    return unsafe withUnsafeMutablePointer(to: &answering) { place in
      unsafe run.context = UnsafeMutableRawPointer(place)
      return unsafe finish(body(vm, &run))
    }
  }

  private func finish(_ ended: clb_outcome) -> Outcome {
    let ending: Outcome.Ending
    switch unsafe ended.status {
    case CLB_OK: ending = unsafe .result(UnsafeRawBufferPointer(start: ended.result.bytes, count: ended.result.count))
    case CLB_FETCH: ending = .fetch
    default: ending = .failure(failure)
    }
    let cost = unsafe RunCost(fuel: ended.fuel, nanoseconds: ended.nanoseconds, allocations: ended.allocations)
    let now = unsafe ended.now_was_read ? ended.now_milliseconds : nil
    return unsafe Outcome(ending: ending, cost: cost, nowMilliseconds: now, isSpent: ended.spent)
  }

  // MARK: Failures

  private func check(_ status: clb_status) throws(LuaFailure) {
    if status != CLB_OK { throw failure }
  }

  private var failure: LuaFailure {
    let failure = unsafe clb_vm_failure(vm)
    let file = unsafe failure.file.text
    let reason = unsafe failure.reason.text
    return unsafe LuaFailure(
      code: DecisionErrorCode(failure.status) ?? .runtime, message: failure.message.text,
      reason: reason.isEmpty ? nil : reason, file: file.isEmpty ? nil : file,
      line: failure.line > 0 ? Int(failure.line) : nil,
      traceback: failure.traceback.text.words(at: "\n").map { String($0) })
  }
}

/// What answers the host calls of one run.
private struct AnsweringHandler {
  var handler: any HostCallHandler
  /// Most runs call nothing, and then nothing is pinned.
  var isPinned = false

  mutating func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    if !isPinned {
      handler = handler.pinned()
      isPinned = true
    }
    return handler.answer(call: call, arguments: arguments)
  }
}

private func answerHostCall(
  context: UnsafeMutableRawPointer?, vm: OpaquePointer?, call: UInt32, arguments: clb_bytes
) -> clb_status {
  guard let context = unsafe context, let vm = unsafe vm else { return CLB_FORBIDDEN }
  let handler = unsafe context.assumingMemoryBound(to: AnsweringHandler.self)
  let copy = unsafe Array(UnsafeBufferPointer(start: arguments.bytes, count: arguments.count))
  switch unsafe handler.pointee.answer(call: Int(call), arguments: copy) {
  case .value(let json): return unsafe clb_vm_answer(vm, json, json.count) ? CLB_OK : CLB_MEMORY_EXHAUSTED
  case .failure(let code, let message):
    let utf8 = Array(message.utf8)
    unsafe clb_vm_answer_failure(vm, utf8, utf8.count)
    return code.status
  case .fetch: return CLB_FETCH
  }
}
