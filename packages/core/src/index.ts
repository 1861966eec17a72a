import './methods/autograd.ts';
import './methods/creation.ts';
import './methods/indexing.ts';
import './methods/inplace.ts';
import './methods/matmul.ts';
import './methods/movement.ts';
import './methods/pointwise.ts';
import './methods/printing.ts';
import './methods/reduction.ts';
import './ops/engine_arithmetic.ts';

export { warn } from '#platform';
export * from './autograd/backward.ts';
export * from './autograd/custom.ts';
export {
  apply,
  type DefinedFunction,
  type DifferentiableFunction,
  defineFunction,
  type Gradients,
  type Inputs,
} from './autograd/function.ts';
export * from './autograd/gradcheck.ts';
export { type GradientHook, GraphNode, type Removable, Tensor } from './autograd/graph.ts';
export { inferenceMode, tensorsIn } from './autograd/inference.ts';
export { detectAnomaly, enableGrad, isAnomalyEnabled, isGradEnabled, noGrad } from './autograd/mode.ts';
export * from './errors.ts';
export type { Backend, InstructionSet } from './kernels/backends/backend.ts';
export { kernelVariant } from './kernels/backends/wasm.ts';
export { type DType, type DTypeArray, type FloatDType, isFloat } from './kernels/dtype.ts';
export { backend, instructionSet } from './kernels/module.ts';
export { getNumThreads, setNumThreads } from './kernels/threads/count.ts';
export { type ArenaUsage, arenaUsage } from './memory/blocks.ts';
export { memoryBudget, setMemoryBudget } from './memory/budget.ts';
export { lend, readable, settle, stagingMark, updatable, writable } from './memory/staging.ts';
export { cast } from './ops/cast.ts';
export { clone } from './ops/clone.ts';
export * from './ops/creation/index.ts';
export { along, reducedShape, resolveDim, resolveDims } from './ops/dims.ts';
export * from './ops/indexing/index.ts';
export * from './ops/matmul/einsum.ts';
export * from './ops/matmul/linear.ts';
export * from './ops/matmul/matmul.ts';
export * from './ops/movement/index.ts';
export { broadcastShapes, type Operand, requireSameFloat } from './ops/operands.ts';
export { plain, plainOutput } from './ops/plain.ts';
export * from './ops/pointwise/arithmetic.ts';
export * from './ops/pointwise/compare.ts';
export * from './ops/pointwise/unary.ts';
export * from './ops/pointwise/where.ts';
export * from './ops/reduction/cumsum.ts';
export * from './ops/reduction/extremes.ts';
export * from './ops/reduction/logical.ts';
export * from './ops/reduction/prod.ts';
export * from './ops/reduction/softmax.ts';
export * from './ops/reduction/sort.ts';
export * from './ops/reduction/statistics.ts';
export { expand, expandTo, type KeepDimOption, sum, sumTo } from './ops/reduction/sum.ts';
export { Parameter, StateBuffer } from './parameter.ts';
export { inspectSymbol } from './printing/inspect_symbol.ts';
export * from './random/default.ts';
export * from './random/generator.ts';
export { contiguousStrides, printShape, type Shape, sameShape, sizeOf } from './shape.ts';
