// What calls between liblua's own parts come to: each `__wrap_` function stands in the place of the
// one it is named after, which is `__real_`. None of them can raise: what they charge is owed.
#include "vm/liblua.h"

#include <math.h>
#include <string.h>

#include "vm/liblua_layouts.h"
#include "vm/vm.h"

// The metamethods that have a place in a table's flags, in Lua's order.
enum { EVENT_MODE = 3 };
enum { EVENT_CALL = 23 };

const value *luaH_getint(table *t, lua_Integer key);

// MARK: Where liblua stands

void luaY_parser(void);
void luaV_execute(void);
void luaH_resize(void);
void luaD_call(void);
void luaC_step(void);
void luaM_realloc_(void);
void luaO_pushvfstring(void);
void luaG_runerror(void);
void luaT_trybinTM(void);
void luaZ_fill(void);
void luaF_newLclosure(void);
void luaU_undump(void);
void luaK_finish(void);
void luaX_next(void);
void luaS_resize(void);

// Another order of linking than the one this counts on would take more.
#define LIBLUA_BYTES ((uintptr_t)1 << 19)

// The linker puts the parts of an archive next to each other, so what stands between two of its
// functions is its own too. What stands behind the last one's beginning is left out. None of these is
// wrapped: the name of one that is means ours.
bool clb_is_in_liblua(uintptr_t address) {
  static const uintptr_t known[] = {
      (uintptr_t)luaY_parser,  (uintptr_t)luaV_execute,     (uintptr_t)luaH_resize,
      (uintptr_t)luaD_call,    (uintptr_t)luaC_step,        (uintptr_t)luaM_realloc_,
      (uintptr_t)lua_newstate, (uintptr_t)luaO_pushvfstring, (uintptr_t)luaG_runerror,
      (uintptr_t)luaT_trybinTM, (uintptr_t)luaZ_fill,       (uintptr_t)luaF_newLclosure,
      (uintptr_t)luaU_undump,  (uintptr_t)luaK_finish,      (uintptr_t)luaX_next,
      (uintptr_t)luaS_resize, (uintptr_t)lua_gc,           (uintptr_t)luaL_traceback,
      (uintptr_t)luaL_checkversion_, (uintptr_t)luaopen_base, (uintptr_t)luaopen_utf8,
      (uintptr_t)luaopen_math, (uintptr_t)luaopen_string,
  };
  uintptr_t first = known[0], last = known[0];
  for (size_t i = 1; i < sizeof known / sizeof *known; i++) {
    if (known[i] < first) first = known[i];
    if (known[i] > last) last = known[i];
  }
  return last - first < LIBLUA_BYTES && address >= first && address < last;
}

bool clb_knows_liblua(void) { return clb_is_in_liblua((uintptr_t)luaH_resize); }

// MARK: The same everywhere

#define SEED 0x436C6221
// How long a text may be that is kept but once, and how many of those are never met in one place
// unless they were chosen for it: of any 200 000 that somebody counts through, 10 are.
#define SHARED_TEXT_MAX 40
#define CROWD 32

unsigned int __real_luaS_hash(const char *text, size_t length, unsigned int seed);
unsigned int __wrap_luaS_hash(const char *text, size_t length, unsigned int seed);

// Only the making of a state calls it from another part, to mix addresses and the time into a seed.
unsigned int __wrap_luaS_hash(const char *text, size_t length, unsigned int seed) {
  (void)text;
  (void)length;
  (void)seed;
  return SEED;
}

// What is known of all texts is their hash, so a client can choose texts that collide.
uint32_t clb_text_hash(const char *text, size_t length) {
  return __real_luaS_hash(text, length, SEED);
}

void *__real_luaS_newlstr(lua_State *L, const char *text, size_t length);
void *__wrap_luaS_newlstr(lua_State *L, const char *text, size_t length);

// A text is made. A short one was compared with all that stand in its place, of which it is the first
// now, if it is new. Where they are a crowd the run is late already, or would be soon; how many of
// them are there follows from earlier decisions, too, so it can't be charged.
void *__wrap_luaS_newlstr(lua_State *L, const char *text, size_t length) {
  string *made = __real_luaS_newlstr(L, text, length);
  if (length > SHARED_TEXT_MAX || made->following == NULL) return made;
  int others = 0;
  for (const string *at = made->following; at != NULL && others <= CROWD; at = at->following) others++;
  if (others > CROWD / 2) clb_of(L)->crowded = true;
  if (others > CROWD) clb_leave(clb_of(L), CLB_DEADLINE);
  return made;
}

lua_Unsigned __wrap_luaH_getn(table *t);

static bool has(table *t, lua_Integer place) {
  return (luaH_getint(t, place)->tag & TAG_TYPE_BITS) != LUA_TNIL;
}

// The length of a table: a border that follows from what it holds alone. Stock Lua's follows from
// how its parts grew, which depends on addresses.
lua_Unsigned __wrap_luaH_getn(table *t) {
  if (!has(t, 1)) return 0;
  lua_Integer low = 1, high = 2;
  uint64_t looks = 1;
  while (has(t, high)) {
    looks++;
    low = high;
    if (high == LUA_MAXINTEGER) return LUA_MAXINTEGER;
    high = high > LUA_MAXINTEGER / 2 ? LUA_MAXINTEGER : high * 2;
  }
  while (high - low > 1) {
    lua_Integer middle = low + (high - low) / 2;
    if (has(t, middle)) low = middle;
    else high = middle;
    looks++;
  }
  clb_owe(looks / CLB_LOOKS_PER_FUEL);
  return (lua_Unsigned)low;
}

const value *__real_luaT_gettm(void *events, int event, void *name);
const value *__wrap_luaT_gettm(void *events, int event, void *name);

// A metatable's field. Every step along a chain of `__index` comes by here. What a metatable lacks
// it remembers, so looking for that is free: it could have been a decision before. No table is ever
// weak: what is still there would follow from when the collector ran.
const value *__wrap_luaT_gettm(void *events, int event, void *name) {
  if (event == EVENT_MODE) return NULL;
  const value *found = __real_luaT_gettm(events, event, name);
  if (found != NULL) clb_owe(1);
  return found;
}

const value *__real_luaT_gettmbyobj(lua_State *L, const value *object, int event);
const value *__wrap_luaT_gettmbyobj(lua_State *L, const value *object, int event);

#define FUEL_PER_CALLED_VALUE 3
#define VALUES_MOVED_PER_FUEL 16

// The metamethod of any value. What is called in a function's place may have one of its own to be
// called, and so on; each is put before the arguments, which move up.
const value *__wrap_luaT_gettmbyobj(lua_State *L, const value *object, int event) {
  if (event == EVENT_CALL) {
    clb_owe(FUEL_PER_CALLED_VALUE + (uint64_t)lua_gettop(L) / VALUES_MOVED_PER_FUEL);
  }
  return __real_luaT_gettmbyobj(L, object, event);
}

void __real_luaO_tostring(lua_State *L, value *number);
void __wrap_luaO_tostring(lua_State *L, value *number);

#define FUEL_PER_FLOAT_TEXT 30
#define FUEL_PER_INTEGER_TEXT 20

// A number becomes text. A NaN has a sign that differs between machines.
void __wrap_luaO_tostring(lua_State *L, value *number) {
  bool is_float = number->tag == TAG_FLOAT;
  if (is_float && number->value.number != number->value.number) {
    number->value.number = __builtin_nan("");
  }
  clb_owe(is_float ? FUEL_PER_FLOAT_TEXT : FUEL_PER_INTEGER_TEXT);
  __real_luaO_tostring(L, number);
}

// MARK: Work that instructions do

unsigned int __real_luaS_hashlongstr(string *text);

size_t __real_luaO_str2num(const char *text, value *number);
size_t __wrap_luaO_str2num(const char *text, value *number);

#define FUEL_PER_NUMBER_READ 10
#define DIGITS_READ_PER_FUEL 8

size_t __wrap_luaO_str2num(const char *text, value *number) {
  clb_owe(FUEL_PER_NUMBER_READ + strlen(text) / DIGITS_READ_PER_FUEL);
  return __real_luaO_str2num(text, number);
}

void clb_hash_long_texts(lua_State *L) {
  const global *all = state_of(L)->global;
  // Another layout than the one this counts on would be seen here.
  if (all->strings.places != clb_of(L)->allocator.strings) luaL_error(L, "this is another Lua");
  for (object *one = all->objects; one != NULL; one = one->next) {
    if (one->tag == TAG_LONG_TEXT) __real_luaS_hashlongstr((string *)(void *)one);
  }
}

int __real_luaS_eqlngstr(string *left, string *right);
int __wrap_luaS_eqlngstr(string *left, string *right);

int __wrap_luaS_eqlngstr(string *left, string *right) {
  if (left != right && left->length == right->length) clb_owe(left->length / CLB_BYTES_PER_FUEL);
  return __real_luaS_eqlngstr(left, right);
}

unsigned int __wrap_luaS_hashlongstr(string *text);

unsigned int __wrap_luaS_hashlongstr(string *text) {
  if (text->extra == 0) clb_owe(text->length / CLB_BYTES_HASHED_PER_FUEL);
  return __real_luaS_hashlongstr(text);
}

int __wrap_strcoll(const char *left, const char *right);

// Texts are ordered by their bytes, whatever the locale. `<` on texts compares them piece by piece,
// from one zero byte to the next.
int __wrap_strcoll(const char *left, const char *right) {
  size_t same = 0;
  while (left[same] == right[same] && left[same] != '\0') same++;
  clb_owe(1 + same / CLB_BYTES_PER_FUEL);
  return (int)(unsigned char)left[same] - (int)(unsigned char)right[same];
}

double __real_fmod(double value, double divisor);
double __wrap_fmod(double value, double divisor);

// Exact on every machine. It takes a step for each bit by which the value is longer.
double __wrap_fmod(double value, double divisor) {
  int bits = 0, bits_of_divisor = 0;
  frexp(value, &bits);
  frexp(divisor, &bits_of_divisor);
  if (bits > bits_of_divisor) clb_owe((uint64_t)(bits - bits_of_divisor) / CLB_BITS_PER_FUEL);
  return __real_fmod(value, divisor);
}

void __real_luaT_getvarargs(lua_State *L, call *at, void *where, int wanted);
void __wrap_luaT_getvarargs(lua_State *L, call *at, void *where, int wanted);

void __wrap_luaT_getvarargs(lua_State *L, call *at, void *where, int wanted) {
  clb_owe((uint64_t)(wanted >= 0 ? wanted : at->extra_arguments) / CLB_VALUES_PER_FUEL);
  __real_luaT_getvarargs(L, at, where, wanted);
}

void __real_luaD_poscall(lua_State *L, call *at, int count);
void __wrap_luaD_poscall(lua_State *L, call *at, int count);

void __wrap_luaD_poscall(lua_State *L, call *at, int count) {
  if (count >= CLB_VALUES_PER_FUEL) clb_owe((uint64_t)count / CLB_VALUES_PER_FUEL);
  __real_luaD_poscall(L, at, count);
}

// MARK: Locals and errors

#define UPVALUES_PASSED_PER_FUEL 8

upvalue *__real_luaF_findupval(lua_State *L, const void *place);
upvalue *__wrap_luaF_findupval(lua_State *L, const void *place);

// A function is made that holds a local: looked for among those that are held, from the top of the
// stack down.
upvalue *__wrap_luaF_findupval(lua_State *L, const void *place) {
  upvalue *at = state_of(L)->open;
  uint64_t passed = 0;
  for (; at != NULL && at->place > place; at = at->following) passed++;
  if (passed >= UPVALUES_PASSED_PER_FUEL) clb_owe(passed / UPVALUES_PASSED_PER_FUEL);
  return at != NULL && at->place == place ? at : __real_luaF_findupval(L, place);
}

#define FREE_CALLS 16
#define CALLS_PASSED_PER_FUEL 4

void clb_owe_unwinding(lua_State *L) {
  uint64_t calls = 0;
  for (const call *at = state_of(L)->call; at != NULL; at = at->previous) calls++;
  if (calls > FREE_CALLS) clb_owe(calls / CALLS_PASSED_PER_FUEL);
}

#define INSTRUCTIONS_READ_PER_FUEL 3

// To name what was wrong Lua reads the code of a function from its beginning, more than once.
static void owe_reading(const call *at) {
  const value *function = at != NULL ? at->function : NULL;
  if (function == NULL || function->tag != TAG_RULE_FUNCTION) return;
  const closure *called = function->value.pointer;
  clb_owe((uint64_t)called->prototype->instructions / INSTRUCTIONS_READ_PER_FUEL);
}

void __real_luaG_typeerror(lua_State *L, const value *what, const char *operation);
void __wrap_luaG_typeerror(lua_State *L, const value *what, const char *operation);
void __real_luaG_callerror(lua_State *L, const value *what);
void __wrap_luaG_callerror(lua_State *L, const value *what);
void __real_luaG_concaterror(lua_State *L, const value *left, const value *right);
void __wrap_luaG_concaterror(lua_State *L, const value *left, const value *right);
void __real_luaG_opinterror(lua_State *L, const value *left, const value *right, const char *message);
void __wrap_luaG_opinterror(lua_State *L, const value *left, const value *right, const char *message);
void __real_luaG_tointerror(lua_State *L, const value *left, const value *right);
void __wrap_luaG_tointerror(lua_State *L, const value *left, const value *right);
int __real_lua_getinfo(lua_State *L, const char *what, lua_Debug *frame);
int __wrap_lua_getinfo(lua_State *L, const char *what, lua_Debug *frame);

void __wrap_luaG_typeerror(lua_State *L, const value *what, const char *operation) {
  owe_reading(state_of(L)->call);
  __real_luaG_typeerror(L, what, operation);
}

void __wrap_luaG_callerror(lua_State *L, const value *what) {
  owe_reading(state_of(L)->call);
  __real_luaG_callerror(L, what);
}

void __wrap_luaG_concaterror(lua_State *L, const value *left, const value *right) {
  owe_reading(state_of(L)->call);
  __real_luaG_concaterror(L, left, right);
}

void __wrap_luaG_opinterror(lua_State *L, const value *left, const value *right, const char *message) {
  owe_reading(state_of(L)->call);
  __real_luaG_opinterror(L, left, right, message);
}

void __wrap_luaG_tointerror(lua_State *L, const value *left, const value *right) {
  owe_reading(state_of(L)->call);
  __real_luaG_tointerror(L, left, right);
}

// What a function is called is looked for in the code of the one that called it.
int __wrap_lua_getinfo(lua_State *L, const char *what, lua_Debug *frame) {
  if (strchr(what, 'n') != NULL && what[0] != '>') {
    const call *at = (const call *)(const void *)frame->i_ci;
    owe_reading(at->previous);
  }
  return __real_lua_getinfo(L, what, frame);
}

// MARK: Memory

void __real_luaC_fullgc(lua_State *L, int is_emergency);
void __wrap_luaC_fullgc(lua_State *L, int is_emergency);

void luaE_shrinkCI(lua_State *L);

// As often as halving takes all of the deepest stack.
#define HALVINGS 20

// Room for calls that have returned is no memory that is alive. Each time half of it is given back, which
// Lua does once in a while, and not at all when memory is short. No function of Lua's holds such a room
// while it asks for memory.
static void free_returned_calls(lua_State *L) {
  const call *now = state_of(L)->call;
  for (int i = 0; i < HALVINGS && now->following != NULL; i++) luaE_shrinkCI(L);
}

void luaD_shrinkstack(lua_State *L);

// Of values on the stack, below which their room is little.
#define LARGE_STACK 65536

// Lua keeps the stack that its deepest calls needed, and where memory is short it may not move it.
void clb_give_back_stack(clb_vm *vm) {
  const clb_allocator *a = &vm->allocator;
  const state *now = state_of(vm->L);
  ptrdiff_t size = now->stack_end - now->stack;
  if (size < LARGE_STACK || now->top - now->stack > size / 4) return;
  if (a->used >= a->limit - a->limit / 4) luaD_shrinkstack(vm->L);
}

void __wrap_luaC_fullgc(lua_State *L, int is_emergency) {
  clb_vm *vm = clb_of(L);
  free_returned_calls(L);
  __real_luaC_fullgc(L, is_emergency);
  clb_allocator_collected(&vm->allocator);
  vm->meter.next_clock_read = 0;
}

lua_Alloc __real_lua_getallocf(lua_State *L, void **owner);
lua_Alloc __wrap_lua_getallocf(lua_State *L, void **owner);

// The auxiliary library asks for this to hold long texts that are being made.
lua_Alloc __wrap_lua_getallocf(lua_State *L, void **owner) {
  __real_lua_getallocf(L, owner);
  return clb_allocate_text;
}
