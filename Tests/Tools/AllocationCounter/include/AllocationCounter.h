#pragma once

/// Begins to count anew what this thread has allocated and not freed.
void allocation_counter_begin(void);

/// The most bytes that this thread held at once since it began to count.
long allocation_counter_peak(void);
