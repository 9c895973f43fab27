// Nothing to call; see StubData.c.
#pragma once
