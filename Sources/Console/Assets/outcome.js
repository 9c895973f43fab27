// How a decision ended, in a word with a sign and a colour.
import { pill } from "./dom.js";

export const outcome = (record) =>
  !record.error ? pill("answered", "good", "✓")
    : record.error.code === "refused" ? pill(record.error.reason || "refused", "warn", "–")
      : pill(record.error.code || "failed", "bad", "!");
