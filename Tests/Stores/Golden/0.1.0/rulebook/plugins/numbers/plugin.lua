return {
  name = "numbers",
  version = "1.0.0",
  decisions = {
    ["number.double"] = {
      input = { number = "integer" },
      output = { number = "integer" },
      decide = function(input) return { number = 2 * input.number } end,
    },
  },
}
