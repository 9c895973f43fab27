import Core
import Decisions
import LuaRuntime
import Rulebook

/// What rules may cost, for their authors: `cascade check --limits`.
enum RuleLimits {
  /// A limit with its unit.
  private struct Limit {
    var name: String
    var value: Int64
    var unit: String
  }

  private static var all: [Limit] {
    let (run, machine, rulebook) = (RunLimits(), VirtualMachine.Configuration(), RulebookLimits())
    let effects = EffectLimits()
    return [
      Limit(name: "decision_fuel", value: Int64(clamping: run.fuel), unit: "units of fuel for one decision"),
      Limit(
        name: "decision_milliseconds", value: milliseconds(run.deadline),
        unit: "ms for one decision in service; a safety net, fuel is what a rule meets"),
      Limit(
        name: "effects_fuel", value: Int64(clamping: effects.run.fuel),
        unit: "units of fuel for one decision with effects"),
      Limit(
        name: "effects_milliseconds", value: milliseconds(effects.run.deadline),
        unit: "ms for one decision with effects in service"),
      Limit(
        name: "effects_calls", value: Int64(effects.calls), unit: "host calls of one decision with effects"),
      Limit(
        name: "effects_call_bytes", value: Int64(effects.callBytes),
        unit: "bytes of arguments and answers of those host calls"),
      Limit(name: "memory_bytes", value: Int64(machine.memory), unit: "bytes of Lua memory"),
      Limit(name: "loading_fuel", value: Int64(clamping: machine.loading.fuel), unit: "units of fuel to load one file"),
      Limit(name: "loading_milliseconds", value: milliseconds(machine.loading.deadline), unit: "ms to load one file"),
      Limit(name: "source_bytes", value: Int64(rulebook.sourceBytes), unit: "bytes of one file"),
      Limit(name: "rulebook_files", value: Int64(rulebook.files), unit: "files"),
      Limit(name: "rulebook_bytes", value: Int64(rulebook.totalBytes), unit: "bytes of all files together"),
      Limit(name: "cases", value: Int64(rulebook.cases), unit: "cases in one file that specs read"),
      Limit(name: "folder_depth", value: Int64(rulebook.depth), unit: "folders within folders"),
    ]
  }

  private static func milliseconds(_ duration: Duration) -> Int64 {
    duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
  }

  /// One line a limit.
  static var text: String { all.map { "\($0.value) \($0.unit)\n" }.joined() }

  /// The limits by name.
  static var json: JSON { .object(JSON.Object(all.map { (name: $0.name, value: .integer($0.value)) })) }
}
