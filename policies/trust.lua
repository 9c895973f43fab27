-- How trust between two citizens moves.
--
-- Who may change this: the council of citizens, on the proposal of the measurement's author. What
-- follows: every later event and every nightly decay uses the new numbers; trust that was recorded
-- before stays as it is, so the levels of all citizens drift rather than jump.
return {
  -- Trust of a pair that is not recorded; decay draws towards it.
  neutral = 50,

  -- How strongly an event is felt: it moves (2/pi) * atan(this * change) of the way that is left.
  sensitivity = 0.1,

  -- What a day without an event leaves of the distance from neutral, and of strength.
  daily_keep = 0.75,
}
