package struct SpecRunner {
  let rulebook: CheckedRulebook
  func run() -> SpecRun { SpecRun(results: []) }
}
