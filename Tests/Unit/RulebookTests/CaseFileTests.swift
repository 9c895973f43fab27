import Core
import Testing

@testable import Rulebook

/// Files of cases beside the specs.
@Suite struct CaseFileTests {
  private static let table = "plugins/tiers/spec/classes.csv"

  private static func run(_ spec: String, _ files: [String: String]) throws -> SpecRun {
    var files: [String: String?] = files.mapValues { $0 }
    files["plugins/tiers/spec/tiers_spec.lua"] = spec
    return SpecRunner(rulebook: try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)).run()
  }

  private static let reading = """
    each(cases("classes.csv"), function(case)
      it("prices " .. case.input.social_class, function()
        assert.equal(case.price, decide("tier.assign", case.input).price)
      end)
    end)
    """

  @Test func `each row of a table is a spec of its own, told with its file and line`() throws {
    let rows = "input.social_class,input.influence:number,price:integer\nNobili,0.5,100\n\n\"Pop\nolani\",,0\nx,1,7\n"
    let run = try Self.run(Self.reading, [Self.table: rows])
    #expect(run.results.map(\.status) == [.passed, .passed, .failed], "\(run)")
    #expect(run.results.map(\.place) == [2, 4, 6].map { "\(Self.table):\($0)" })
    #expect(
      run.results.last?.message
        == "plugins/tiers/spec/tiers_spec.lua:3: expected 7, got 0\nwith the case \(Self.table):6")
    #expect(run.results.last?.traceback.isEmpty == false)
    #expect(SpecReport.pretty(run, colour: false, verbose: true).contains("✓ prices Nobili (classes.csv:2)"))
    #expect(SpecReport.junit(run).contains("name=\"prices x (classes.csv:6)\""))
    #expect(SpecReport.tap(run).contains("not ok 3 - prices x (classes.csv:6)"))
    #expect(SpecReport.json(run).contains("\"case\":\"\(Self.table):6\""))
  }

  @Test func `a filter finds a case by its file and line`() throws {
    let files: [String: String?] = [
      "plugins/tiers/spec/tiers_spec.lua": Self.reading,
      Self.table: "input.social_class,price:integer\nNobili,100\nx,0\n",
    ]
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false)
    let run = SpecRunner(rulebook: rulebook, filter: try SpecFilter("classes.csv:3$")).run()
    #expect(run.results.map(\.name) == ["prices x"])
  }

  @Test func `cases in JSON keep what they hold`() throws {
    let json = """
      [
        { "name": "a \\"[{", "list": [1, 2], "none": null, "share": "0.10" },

        {"name": "b", "list": [], "deep": { "yes": true, "half": 0.5 }}, { "name": "c" }
      ]
      """
    let spec = """
      local rows = cases("data/all.json")
      it("a", function()
        assert.same({ name = "a \\"[{", list = { 1, 2 }, share = "0.10" }, rows[1])
        assert.same({ name = "b", list = {}, deep = { yes = true, half = 0.5 } }, rows[2])
        assert.equal(3, #rows)
        assert.equal("integer", math.type(rows[1].list[1]))
      end)
      each(rows, function(case) it(case.name, function() assert(true) end) end)
      """
    let run = try Self.run(spec, ["plugins/tiers/spec/data/all.json": json])
    #expect(run.results.map(\.status) == [.passed, .passed, .passed, .passed], "\(run)")
    #expect(
      run.results.map(\.place) == [nil] + [2, 4, 4].map { "plugins/tiers/spec/data/all.json:\($0)" })
  }

  @Test func `a case that fails within one spec is told, too`() throws {
    let spec = """
      it("prices all", function()
        each(cases("classes.csv"), function(case) assert.equal(case.price, 100) end)
      end)
      """
    let run = try Self.run(spec, [Self.table: "price:integer\n100\n7\n"])
    #expect(
      run.results.first?.message
        == "plugins/tiers/spec/tiers_spec.lua:2: expected 7, got 100\nwith the case \(Self.table):3")
    #expect(run.results.first?.place == nil)
  }

  @Test func `a cell is text unless its column says otherwise, and left out when it is empty`() throws {
    let spec = """
      it("a", function()
        assert.same({
          {
            plain = "7", share = "0.10", whole = -7, part = 0.5, yes = true,
            deep = { a = "x, \\"y\\"", b = { c = "z" } },
          },
          { plain = "", yes = false, whole = 9007199254740993 },
        }, cases("classes.csv"))
      end)
      """
    let rows = """
      plain,share,whole:integer,part:number,yes:boolean,deep.a,deep.b.c:text
      7,0.10,-7,0.5,true,"x, ""y""\",z
      "",,9007199254740993,,false,,
      """
    for text in [rows, "\u{FEFF}" + rows.replacing("\n", with: "\r\n"), rows + "\n"] {
      let run = try Self.run(spec, [Self.table: text])
      #expect(run.results.map(\.status) == [.passed], "\(run)")
    }
  }

  static let faults: [(file: String, text: String, line: Int, says: String)] = [
    ("csv", "", 1, "is empty; it begins with the names of its columns"),
    ("csv", "a,b\n", 1, "holds no case; write one, or delete the file"),
    ("csv", "a,b\n1,2\n\n3\n", 4, "has 1 cells, and the header names 2 columns"),
    ("csv", "a,b:integer\nx,\"y\n\"\n", 2, "'b' is 'y\n', which is no integer"),
    ("csv", "a:integer\n1.5\n", 2, "'a' is '1.5', which is no integer"),
    ("csv", "a:number\nnan\n", 2, "'a' is 'nan', which is no number"),
    ("csv", "a:boolean\nTRUE\n", 2, "'a' is 'TRUE', which is no boolean"),
    ("csv", "a:nummer\n1\n", 1, "'a:nummer': a column is no 'nummer'; did you mean 'number'?"),
    ("csv", "a:money\n1\n", 1, "'a:money': a column is no 'money'; there are text, integer, number, boolean"),
    ("csv", "a,b,a\n1,2,3\n", 1, "two columns are named 'a'"),
    ("csv", "a.b,a\n1,2\n", 1, "'a' and 'a.b' can't both be columns"),
    ("csv", "a,,b\n1,2,3\n", 1, "'' names no column; write a name, or name:number, name:integer, name:boolean"),
    ("csv", "a;b\n1;2\n", 1, "'a;b' is one cell; cells are separated by commas, not by ;"),
    ("csv", "a\n\"x\n", 2, "a cell in quotes does not end"),
    ("csv", "a\nx\"y\n", 2, "a quote within a cell without quotes; put the cell in quotes and double the quote"),
    ("csv", "a\n\"x\"y\n", 2, "text behind a closing quote, or a return without a line feed"),
    ("csv", "a\n" + String(repeating: "1\n", count: 1001), 1002, "over 1000 cases; split the file"),
    ("json", "{}", 1, "cases are a list of objects: [{\"name\": value}, …]"),
    ("json", "[]", 1, "holds no case; write one, or delete the file"),
    ("json", "[\n{\"a\": 1},\n\n7]", 4, "a case is an object: {\"name\": value}"),
    ("json", "[\n{\"a\": 1},\n{\"a\": }]", 3, "no JSON value begins like this"),
    ("json", "[{\"a\": 99999999999999999999}]", 1, "the number is too large"),
  ]

  @Test(arguments: faults)
  func `what is wrong with a file keeps the rulebook from loading, by file and line`(
    fault: (file: String, text: String, line: Int, says: String)
  ) throws {
    let path = "plugins/tiers/spec/wrong.\(fault.file)"
    do throws(RulebookRejected) {
      _ = try RulebookLoader.load(RulebookSamples.snapshot([path: fault.text]), runSpecs: false)
      Issue.record("it was taken")
    } catch {
      #expect(error.errors.map(\.line) == [fault.line])
      #expect(error.errors.map(\.message) == ["\(path):\(fault.line): \(fault.says)"])
    }
  }

  @Test func `a file that grows too large with its names is refused`() {
    let header = (0..<40).map { "a_long_name_for_the_column_\($0)" }.joined(separator: ",")
    let rows = String(repeating: String(repeating: "1,", count: 39) + "1\n", count: 1000)
    #expect(
      RulebookSamples.messages([Self.table: header + "\n" + rows]) == [
        "\(Self.table):1: over 768 KiB with the names in each case; split the file, or shorten its names"
      ])
  }

  @Test func `a file that isn't there is told with those that are`() throws {
    let run = try Self.run("cases(\"classs.csv\")", [Self.table: "a\n1\n"])
    #expect(
      run.loadErrors == [
        "plugins/tiers/spec/tiers_spec.lua:1: cases: there is no 'classs.csv' in plugins/tiers/spec/; "
          + "did you mean 'classes.csv'?"
      ])
    let lone = try Self.run("cases(\"classes.csv\")", [:])
    #expect(lone.loadErrors.first?.hasSuffix("in plugins/tiers/spec/; write it, as .csv or .json") == true, "\(lone)")
    let unnamed = try Self.run("cases()", [:])
    #expect(unnamed.loadErrors.first?.contains(":1: cases takes the name of a file beside the spec") == true)
  }

  @Test func `a file that no spec reads is named, and one of a made-up name is not`() throws {
    func doubts(_ spec: String) throws -> [String] {
      let files: [String: String?] = [
        "plugins/tiers/spec/tiers_spec.lua": spec, Self.table: "price:integer\n100\n",
      ]
      return try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false, review: .doubts).doubts
        .map(\.message)
    }
    let advice = "read them with each(cases(\"classes.csv\"), function(case) … end), or delete the file"
    #expect(try doubts("it()") == ["\(Self.table):1: no spec reads these cases; \(advice)"])
    #expect(try doubts("each(cases \"classes.csv\", print)").contains { $0.contains("no spec reads") } == false)
    #expect(try doubts("local name = 'classes' cases(name .. '.csv')") == [])
  }

  @Test func `a name that no case has is found before anything runs`() throws {
    let spec = """
      each(cases("classes.csv"), function(case)
        it(case.input.social_clas, function() assert.equal(case.pric, case.note or case.input.influence) end)
      end)
      local rows = cases("classes.csv")
      for _, row in ipairs(rows) do it("x" .. row.name, function() assert(row.deep.x) end) end
      """
    let files: [String: String?] = [
      "plugins/tiers/spec/tiers_spec.lua": spec, Self.table: "input.social_class,input.influence,price,note\nx,,7,\n",
    ]
    let doubts = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: false, review: .doubts).doubts
    let (file, silence) = ("plugins/tiers/spec/tiers_spec.lua", "so it reads as nil")
    #expect(
      doubts.map(\.message) == [
        "\(file):2: 'input' of \(Self.table) has no 'social_clas', \(silence); did you mean 'social_class'?",
        "\(file):2: \(Self.table) has no 'pric', \(silence); did you mean 'price'?",
        "\(file):5: \(Self.table) has no 'name', \(silence); it has input, note, price",
        "\(file):5: \(Self.table) has no 'deep', \(silence); it has input, note, price",
      ])
  }

  @Test(arguments: [
    ("cases('classes.csv', function() end)", "cases only gives the rows: each(cases(\"classes.csv\"), function(case)"),
    ("each('classes.csv', function() end)", "each takes a list, or cases(\"prices.csv\"), and a function"),
    ("each(cases('classes.csv'))", "each takes a list, or cases(\"prices.csv\"), and a function"),
  ])
  func `a table that would go unread is told at its line`(spec: String, says: String) throws {
    let run = try Self.run(spec, [Self.table: "a\n1\n"])
    #expect(run.loadErrors.first?.hasPrefix("plugins/tiers/spec/tiers_spec.lua:1: " + says) == true, "\(run)")
  }

  @Test func `a mutant is held against the cases of its plugin`() throws {
    let files: [String: String?] = [
      "plugins/tiers/spec/tiers_spec.lua": Self.reading,
      Self.table: "input.social_class,price:integer\nNobili,100\nx,0\n",
    ]
    let rulebook = try RulebookLoader.load(RulebookSamples.snapshot(files), runSpecs: true)
    let runner = MutantRunner(rulebook: rulebook, plugin: "tiers")
    let mutant = try #require(runner.mutants.first { $0.before == "==" && $0.file.contains("tiers") })
    #expect(runner.run(mutant).fate == .found)
  }

  @Test func `a rulebook's files hold its cases, and only those beside specs`() throws {
    let box = try WatchSandbox()
    defer { box.erase() }
    try box.write("plugins/tiers/plugin.lua", "return 1")
    for name in ["spec/a.csv", "spec/deep/b.json", "c.csv", "spec/notes.txt", "spec/.d.csv"] {
      try box.write("plugins/tiers/" + name, "a\n1\n")
    }
    try box.write("policies/e.json", "{}")
    let snapshot = try RulebookFiles(directory: box.root).read()
    #expect(
      snapshot.paths == ["plugins/tiers/plugin.lua", "plugins/tiers/spec/a.csv", "plugins/tiers/spec/deep/b.json"])
    #expect(RulebookPath("plugins/tiers/spec/a.csv")?.isForSpecs == true)
  }
}
