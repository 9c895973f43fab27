internal import LuaRuntime
internal import Testing

@Suite("Amounts")
struct AmountTests {
  @Test(arguments: [
    ("amount('97.50 USD/2')", "97.50 USD/2"), ("amount('USD/2', 9750)", "97.50 USD/2"),
    ("amount{ asset = 'USD/2', minor = 9750 }", "97.50 USD/2"), ("amount('USD/2', 9750.0)", "97.50 USD/2"),
    ("amount(amount('1 DUC'))", "1 DUC"), ("amount('-0.05 USD/2')", "-0.05 USD/2"),
    ("amount('USD/2', math.maxinteger)", "92233720368547758.07 USD/2"),
    ("amount('USD/2', math.mininteger)", "-92233720368547758.08 USD/2"), ("amount('7 USD/2')", "7.00 USD/2"),
    ("amount('1 USD/2') + amount('2.50 USD/2')", "3.50 USD/2"),
    ("amount('1 USD/2') - amount('2.50 USD/2')", "-1.50 USD/2"),
    ("-amount('1 USD/2')", "-1.00 USD/2"), ("amount('1 USD/2').minor", "100"), ("amount('1 USD/2').asset", "USD/2"),
    ("amount('1 USD/2') == amount('USD/2', 100)", "true"), ("amount('1 USD/2') == amount('1 DUC/2')", "false"),
    ("amount('1 USD/2') ~= 100", "true"), ("amount('1 USD/2') < amount('2 USD/2')", "true"),
    ("amount('2 USD/2') <= amount('2 USD/2')", "true"), ("amount('1 USD/2') > amount('2 USD/2')", "false"),
    ("getmetatable(amount('1 A'))", "false"), ("type(amount('1 A'))", "userdata"),
  ])
  func `amounts are made, added and compared`(lua: String, text: String) throws {
    #expect(try JSONText.member("x", of: Probe.giving(.string, "tostring(\(lua))").run()) == text)
  }

  @Test(arguments: [
    ("amount('1 USD/2') + amount('1 DUC/2')", "amounts of different assets: USD/2 and DUC/2"),
    ("amount('1 USD/2') - amount('1 USD/3')", "amounts of different assets: USD/2 and USD/3"),
    ("amount('1 USD/2') < amount('1 DUC/2')", "amounts of different assets: USD/2 and DUC/2"),
    ("amount('1 USD/2') + 1", "an amount goes with an amount only, not with a number"),
    ("1 - amount('1 USD/2')", "an amount goes with an amount only, not with a number"),
    ("amount('1 USD/2') + '1 USD/2'", "an amount goes with an amount only, not with a string"),
    ("amount('1 USD/2') + { asset = 'USD/2', minor = 1 }", "an amount goes with an amount only, not with a table"),
    ("amount('USD/2', math.maxinteger) + amount('0.01 USD/2')", "the amount overflows: USD/2 has 64 bits"),
    ("amount('USD/2', math.mininteger) - amount('0.01 USD/2')", "the amount overflows: USD/2 has 64 bits"),
    ("-amount('USD/2', math.mininteger)", "the amount overflows: USD/2 has 64 bits"),
    (
      "amount('USD/2', math.maxinteger):convert('USD/3', {}, {}, 'floor')",
      "convert: the amount overflows: USD/3 has 64 bits"
    ),
    ("amount('USD/2', 0.5)", "bad argument #2 to 'amount' (minor units are an integer)"),
    ("amount('USD/2', '5')", "bad argument #2 to 'amount' (minor units are an integer)"),
    ("amount('USD/2', 2^60)", "bad argument #2 to 'amount' (minor units are an integer)"),
    ("amount('usd', 5)", "no amount: its asset is malformed"),
    ("amount('97.501 USD/2')", "no amount: its text is malformed: write it like \"97.50 USD/2\""),
    ("amount('1e3 USD/2')", "no amount: its text is malformed: write it like \"97.50 USD/2\""),
    ("amount('92233720368547758.08 USD/2')", "no amount: it is too large"), ("amount(5)", "no amount: it is no amount"),
    ("amount('1 A').cents", "an amount has no 'cents': it has asset, minor, convert, ratio and shares"),
    (
      "amount('1 A'):convert('A', { 0.5 }, {}, 'floor')",
      "(a factor is a decimal string such as \"0.025\", never a float)"
    ),
    (
      "amount('1 A'):convert('A', { '1234567890123456789' }, {}, 'floor')",
      "convert: a factor is a decimal of at most 18 digits"
    ),
    ("amount('1 A'):convert('A', { '1e3' }, {}, 'floor')", "convert: a factor is a decimal of at most 18 digits"),
    ("amount('1 A'):convert('A', { '-1' }, {}, 'floor')", "convert: a factor is negative"),
    ("amount('1 A'):convert('A', {}, { '0.000' }, 'floor')", "convert: a denominator is zero"),
    ("amount('1 A'):convert('A', {}, {}, 'up')", "(invalid option 'up')"),
    ("amount('1 A'):convert('A', {'1','1','1','1','1','1','1','1','1'}, {}, 'floor')", "(at most 8 factors)"),
  ])
  func `what would not be exact is an error`(lua: String, text: String) throws {
    let told = try Probe.giving(.string, "tostring(\(lua))").told()
    #expect(told.hasPrefix("runtime: "))
    #expect(told.hasSuffix(text), "\(told)")
  }

  @Test func `an amount can't be changed`() throws {
    let told = try Probe("local a = amount('1 A') a.minor = 2 return {}").told()
    #expect(told == "runtime: an amount can't be changed")
  }

  @Test func `an amount is read raw and once`() throws {
    // What `__index` would answer the second time is never used.
    let body = """
      local turn = 0
      local liar = setmetatable({}, { __index = function(_, key)
        turn = turn + 1
        return key == "asset" and "USD/2" or turn
      end })
      return { x = tostring(amount(liar)) }
      """
    #expect(try Probe(body, output: ["x": .string]).told() == "runtime: no amount: its asset is missing")
  }

  @Test(arguments: [
    ("'5.05 A/2'", "'A/1'", "", "", "floor", "5.0 A/1"), ("'5.05 A/2'", "'A/1'", "", "", "ceil", "5.1 A/1"),
    ("'5.05 A/2'", "'A/1'", "", "", "half_even", "5.0 A/1"), ("'5.15 A/2'", "'A/1'", "", "", "half_even", "5.2 A/1"),
    ("'5.16 A/2'", "'A/1'", "", "", "half_even", "5.2 A/1"), ("'-5.05 A/2'", "'A/1'", "", "", "floor", "-5.1 A/1"),
    ("'-5.05 A/2'", "'A/1'", "", "", "ceil", "-5.0 A/1"), ("'-5.05 A/2'", "'A/1'", "", "", "half_even", "-5.0 A/1"),
    ("'1 A'", "'B/2'", "'3'", "", "floor", "3.00 B/2"), ("'10 A'", "'B'", "", "'3'", "ceil", "4 B"),
    ("'10 A'", "'B'", "7", "'3', 2", "floor", "11 B"),
    (
      "'1 A'", "'B'", "'999999999999999999'", "'0.00000000000000001', '100000000000000000'", "floor",
      "999999999999999999 B"
    ),
    (
      "'1 A'", "'B'", "'123456789012345678', '123456789012345678'", "'123456789012345678'", "floor",
      "123456789012345678 B"
    ),
  ])
  func `a conversion rounds once, as it is told`(
    from: String, asset: String, numerators: String, denominators: String, rounding: String, text: String
  ) throws {
    let lua = "tostring(amount(\(from)):convert(\(asset), {\(numerators)}, {\(denominators)}, '\(rounding)'))"
    #expect(try JSONText.member("x", of: Probe.giving(.string, lua).run()) == text)
  }

  @Test(arguments: [
    ("1", 100_000, "100.00", "2.50", "97.50"), ("1.127838", 100_000, "112.78", "2.82", "109.96"),
    ("1.272020", 100_000, "127.20", "3.18", "124.02"), ("1.346361", 100_000, "134.63", "3.37", "131.26"),
    ("1.434633", 100_000, "143.46", "3.59", "139.87"), ("1.618034", 100_000, "161.80", "4.05", "157.75"),
    ("1", 9, "0.00", "0.00", "0.00"), ("1", 10, "0.01", "0.01", "0.00"), ("1", 390, "0.39", "0.01", "0.38"),
    ("1", 400, "0.40", "0.01", "0.39"), ("1", 410, "0.41", "0.02", "0.39"), ("1", 12_345, "12.34", "0.31", "12.03"),
    ("1", 999_999_999_999_999, "999999999999.99", "25000000000.00", "974999999999.99"),
  ])
  func `a sale's gross, fee and net are the charter's`(
    multiplier: String, minor: Int, gross: String, fee: String, net: String
  ) throws {
    let body = """
      local gross = amount("DUC/2", input.minor):convert("USD/2", { "0.10", input.multiplier }, {}, "floor")
      local fee = gross:convert("USD/2", { "0.025" }, {}, "ceil")
      return { x = tostring(gross) .. " " .. tostring(fee) .. " " .. tostring(gross - fee) }
      """
    let probe = try Probe(body, input: ["minor": .integer, "multiplier": .string], output: ["x": .string])
    let told = probe.told("{\"minor\":\(minor),\"multiplier\":\"\(multiplier)\"}")
    #expect(told == "{\"x\":\"\(gross) USD/2 \(fee) USD/2 \(net) USD/2\"}")
  }

  @Test func `an amount of any size comes in and goes out unchanged`() throws {
    let probe = try Probe.echo(.amount)
    for minor in [Int64.min, Int64.min + 1, -1, 0, 1, 1 << 53 + 1, Int64.max] {
      let json = "{\"x\":{\"asset\":\"USD/2\",\"minor\":\(minor)}}"
      #expect(probe.told(json) == json)
    }
    for asset in ["A", "A/0", "A/99", "ABCDEFGHIJKLMNOPQ/18"] {
      let json = "{\"x\":{\"asset\":\"\(asset)\",\"minor\":7}}"
      #expect(probe.told(json) == json)
    }
  }

  @Test(arguments: [
    ("amount('1.50 USD/2') * 3", "4.50 USD/2"), ("-2 * amount('1.50 USD/2')", "-3.00 USD/2"),
    ("amount('1 USD/2') * 2.0", "2.00 USD/2"), ("amount('1 USD/2'):ratio(amount('3 USD/2'))", "0.333333"),
    ("amount('1 USD/2'):ratio(amount('4 USD/2'))", "0.25"), ("amount('6 USD/2'):ratio(amount('3 USD/2'))", "2"),
    ("amount('-2 USD/2'):ratio(amount('3 USD/2'), 2, 'floor')", "-0.67"),
    ("amount('2 USD/2'):ratio(amount('3 USD/2'), 0, 'ceil')", "1"),
    ("amount('0.02 USD/2'):ratio(amount('-1 USD/2'), 1)", "0"),
    ("amount('0.05 USD/2'):convert('USD/1', {}, {}, 'half_up')", "0.1 USD/1"),
    ("amount('-0.05 USD/2'):convert('USD/1', {}, {}, 'half_up')", "-0.1 USD/1"),
    ("amount('0.05 USD/2'):convert('USD/1', {}, {}, 'half_even')", "0.0 USD/1"),
    ("amount('0.04 USD/2'):convert('USD/1', {}, {}, 'half_up')", "0.0 USD/1"),
  ])
  func `amounts are multiplied, held against each other and rounded`(lua: String, text: String) throws {
    #expect(try JSONText.member("x", of: Probe.giving(.string, "tostring(\(lua))").run()) == text)
  }

  @Test(arguments: [
    ("amount('DUC', 99):shares { 1, 1, 1, 1, 1 }", "20 20 20 20 19"),
    ("amount('DUC', 15):shares { '0.80', '0.08', '0.12' }", "13 1 1"), ("amount('DUC', 7):shares { 3 }", "7"),
    ("amount('DUC', 10):shares { 0, 1, 2 }", "0 4 6"), ("amount('DUC', 0):shares { 1, 2 }", "0 0"),
    ("amount('DUC', -10):shares { 1, 1, 1 }", "-3 -3 -4"),
    ("amount('DUC', math.maxinteger):shares { 1, 1 }", "4611686018427387904 4611686018427387903"),
    ("amount('DUC', math.mininteger):shares { 1 }", "-9223372036854775808"),
  ])
  func `shares are rounded down and the rest is handed out from the first`(lua: String, text: String) throws {
    let body = """
      local parts = {}
      for place, share in ipairs(\(lua)) do parts[place] = tostring(share.minor) end
      return { x = table.concat(parts, " ") }
      """
    #expect(try JSONText.member("x", of: Probe(body, output: ["x": .string]).run()) == text)
  }

  @Test(arguments: [
    ("amount('1 A') * 1.5", "an amount times a whole number only, not times a fraction"),
    ("amount('1 A') * amount('1 A')", "an amount times a whole number only, not times a second amount"),
    ("'2' * amount('1 A')", "an amount times a whole number only, not times a string"),
    ("amount('A', math.maxinteger) * 2", "the amount overflows: A has 64 bits"),
    ("amount('1 A'):ratio(amount('0 A'))", "ratio: the amount below is zero"),
    ("amount('1 A'):ratio(amount('1 B'))", "amounts of different assets: A and B"),
    ("amount('1 A'):ratio(amount('1 A'), 13)", "bad argument #2 to 'ratio' (0 to 12 decimals)"),
    (
      "amount('A', math.maxinteger):ratio(amount('1 A'), 12)",
      "ratio: the result has more than 18 digits; ask for fewer decimals"
    ),
    (
      "amount('1 A'):shares {}",
      "bad argument #1 to 'shares' (a list of weights, such as { 1, 1 } or { \"0.4\", \"0.6\" })"
    ),
    ("amount('1 A'):shares { 0, '0.0' }", "bad argument #1 to 'shares' (the weights are all zero)"),
    ("amount('1 A'):shares { -1, 2 }", "bad argument #1 to 'shares' (a weight is negative)"),
    (
      "amount('1 A'):shares { 0.5 }",
      "bad argument #1 to 'shares' (a weight is a decimal string such as \"0.4\", or a whole number, never a float)"
    ),
    (
      "amount('1 A'):shares { 1, '0.0000000000000000001' }",
      "bad argument #1 to 'shares' (a weight is a decimal of at most 18 digits)"
    ),
    (
      "amount('1 A'):shares { 999999999999999999, 1 }",
      "bad argument #1 to 'shares' (the weights have more than 18 digits together)"
    ),
  ])
  func `what can't be computed says why`(lua: String, text: String) throws {
    #expect(try Probe.giving(.any, "tostring(\(lua))").told("{}").contains(text))
  }
}
