// The addon's way in from JavaScript: one Pool a program, over the WebAssembly memory of that program.
#include <node_api.h>

#include <cstdlib>
#include <new>

#include "native/instruction_sets.h"
#include "native/pool.h"

namespace convgrad {

extern "C" {
__thread u8* convgradMemoryBase CONVGRAD_TLS_MODEL = nullptr;
}

namespace {

// What one environment (a program's main thread, or a worker of it) computes with.
struct Program {
  Pool* pool;
  Kernel* const* kernels;
};

// Arguments as numbers. The callers are the project's own: what they give is trusted.
template <int count>
struct Call {
  Program* program = nullptr;
  std::int32_t numbers[count];

  Call(napi_env env, napi_callback_info info) {
    std::size_t given = count;
    napi_value values[count];
    void* data = nullptr;
    napi_get_cb_info(env, info, &given, values, nullptr, &data);
    program = static_cast<Program*>(data);
    for (int i = 0; i < count; ++i) napi_get_value_int32(env, values[i], &numbers[i]);
  }

  Kernel* kernel() const { return program->kernels[numbers[0]]; }
  const void* args() const { return program->pool->memory() + static_cast<std::uint32_t>(numbers[1]); }
};

// run(kernel, args, tasks)
napi_value run(napi_env env, napi_callback_info info) {
  const Call<3> call(env, info);
  call.program->pool->run(call.kernel(), call.args(), call.numbers[2]);
  return nullptr;
}

// runOnThreads(kernel, args, tasks, threads)
napi_value runOnThreads(napi_env env, napi_callback_info info) {
  const Call<4> call(env, info);
  call.program->pool->runOnThreads(call.kernel(), call.args(), call.numbers[2], call.numbers[3]);
  return nullptr;
}

// tasksRun(worker): number
napi_value tasksRun(napi_env env, napi_callback_info info) {
  const Call<1> call(env, info);
  napi_value result = nullptr;
  napi_create_uint32(env, static_cast<std::uint32_t>(call.program->pool->tasksRun(call.numbers[0])), &result);
  return result;
}

void stop(void* data) {
  Program* const program = static_cast<Program*>(data);
  if (program->pool != nullptr) {
    program->pool->stop();
    program->pool->~Pool();
    std::free(program->pool);
  }
  delete program;
}

const InstructionSet* findSet(const char* name) {
  for (int i = 0; i < instructionSetCount; ++i) {
    if (std::strcmp(instructionSets[i].name, name) == 0 && isSupported(name)) return &instructionSets[i];
  }
  return nullptr;
}

// attach(memory: a Uint8Array of all of it, set: string): whether it could. Called once, before anything is launched.
napi_value attach(napi_env env, napi_callback_info info) {
  std::size_t given = 2;
  napi_value values[2];
  void* data = nullptr;
  napi_get_cb_info(env, info, &given, values, nullptr, &data);
  Program* const program = static_cast<Program*>(data);
  void* bytes = nullptr;
  char name[16] = {};
  napi_get_typedarray_info(env, values[0], nullptr, nullptr, &bytes, nullptr, nullptr);
  napi_get_value_string_latin1(env, values[1], name, sizeof name, nullptr);
  const InstructionSet* const set = findSet(name);
  void* room = nullptr;
  if (set != nullptr && bytes != nullptr && program->pool == nullptr && posix_memalign(&room, alignof(Pool), sizeof(Pool)) == 0) {
    program->pool = new (room) Pool(static_cast<u8*>(bytes));
    program->kernels = set->kernels;
  }
  napi_value result = nullptr;
  napi_get_boolean(env, room != nullptr, &result);
  return result;
}

void define(napi_env env, napi_value exports, const char* name, napi_callback callback, Program* program) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, program, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace
}  // namespace convgrad

// Called by every environment that loads the addon.
NAPI_MODULE_INIT() {
  using namespace convgrad;
  Program* const program = new (std::nothrow) Program{};
  if (program == nullptr) return nullptr;
  napi_add_env_cleanup_hook(env, stop, program);
  define(env, exports, "attach", attach, program);
  define(env, exports, "run", run, program);
  define(env, exports, "runOnThreads", runOnThreads, program);
  define(env, exports, "tasksRun", tasksRun, program);
  napi_value names = nullptr;
  napi_create_array(env, &names);
  for (int i = 0, found = 0; i < instructionSetCount; ++i) {
    if (!isSupported(instructionSets[i].name)) continue;
    napi_value name = nullptr;
    napi_create_string_latin1(env, instructionSets[i].name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, static_cast<std::uint32_t>(found++), name);
  }
  napi_set_named_property(env, exports, "instructionSets", names);
  napi_value version = nullptr;
  napi_create_int32(env, CONVGRAD_INTERFACE_VERSION, &version);
  napi_set_named_property(env, exports, "interfaceVersion", version);
  return exports;
}
