local policy = require "policies.awareness"

local M = {}

---How probable it is that a component is healthy at its next probe: of the probes that came after
---one like its last, the share that were healthy, as long as there are few mixed with what the
---policy assumes. A component that fell silent counts as one whose last probe failed.
---@param probes boolean[] by time
---@param age? integer of its telemetry, in milliseconds
---@return number 0 to 1
function M.health(probes, age)
  local last = probes[#probes] ~= false
  if not age or age >= policy.fresh_milliseconds then
    last = false
  end
  local prior = policy.prior
  local seen, healthy = prior.steps, prior.steps * (last and prior.stays or prior.recovers)
  for place = 2, #probes do
    if probes[place - 1] == last then
      seen = seen + 1
      healthy = healthy + (probes[place] and 1 or 0)
    end
  end
  return healthy / seen
end

return M
