/// A small plugin that loads, decides and passes its specs, to be changed into another.
struct PluginTemplate {
  /// What the plugin, its policy and the noun of its decision are called.
  let name: String

  /// The files, relative to the rulebook.
  var files: [(path: String, content: String)] {
    [
      ("policies/\(name).lua", policy), ("plugins/\(name)/plugin.lua", plugin),
      ("plugins/\(name)/spec/\(name)_spec.lua", spec),
    ]
  }

  private var policy: String {
    """
    -- The numbers of the plugin \(name).
    --
    -- Who may change this: say who may. What follows: say what a change does, and from when on.
    return {
      -- The largest number that is within.
      most = 10,
    }

    """
  }

  private var plugin: String {
    """
    local policy = require "policies.\(name)"

    ---@type cascade.Plugin
    return {
      name = "\(name)",
      version = "1.0.0",
      decisions = {
        ["\(name).judge"] = {
          summary = "Whether a number is within what the policy says.",
          input = { number = "integer" },
          output = { within = "boolean" },
          refusals = { below_nothing = "a number below 0 is none" },
          decide = function(input)
            if input.number < 0 then
              return nil, { code = "below_nothing", message = "a number below 0 is none" }
            end
            return { within = input.number <= policy.most }
          end,
        },
      },
    }

    """
  }

  private var spec: String {
    """
    local policy = require "policies.\(name)"

    local function judge(number)
      return decide("\(name).judge", { number = number }).within
    end

    describe("\(name).judge", function()
      it("takes 0 and the most there may be, and nothing above", function()
        assert.is_true(judge(0))
        assert.is_true(judge(policy.most))
        assert.is_false(judge(policy.most + 1))
      end)

      it("refuses a number below 0", function()
        assert.refused("below_nothing", function() judge(-1) end, "a number below 0 is none")
      end)
    end)

    """
  }
}
