extension VirtualMachine {
  /// The format of what rules compute and what it costs: Lua's version, and ours of the library around it.
  ///
  /// Two machines of one format give the same result and the same fuel for the same rulebook, input and answers of
  /// the host, on any processor. Whatever changes a result or a price changes the number, once for all that one
  /// release changes; the first stage, which names none, is 5.4-0.
  package static let format = "5.4-1"
}
