/** Names of the operations that a kernel selects by a number: C++ gets an `enum class`, TypeScript a union of literals. */
export const operations = {
  UnaryOp: [
    'neg', 'abs', 'sign', 'exp', 'expm1', 'log', 'log1p', 'log2', 'sqrt', 'rsqrt', 'square', 'reciprocal',
    'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'sigmoid', 'relu', 'erf',
    'floor', 'ceil', 'round', 'trunc', 'clamp',
  ],
  /** reluGrad(g, y) = g where y > 0 else 0; sigmoidGrad(g, y) = g y (1 - y); tanhGrad(g, y) = g (1 - y^2). */
  BinaryOp: ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'atan2', 'reluGrad', 'sigmoidGrad', 'tanhGrad'],
  /** Comparisons give uint8; the logical ones take any non-zero value as true. */
  CompareOp: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'logicalAnd', 'logicalOr', 'logicalXor'],
  TestOp: ['isNaN', 'isFinite', 'logicalNot'],
  ReduceOp: ['sum', 'prod', 'max', 'min'],
  LogicalReduceOp: ['any', 'all'],
  ArgReduceOp: ['argmax', 'argmin'],
  SoftmaxOp: ['softmax', 'logSoftmax'],
  ElementType: ['f32', 'f64', 'i32', 'u8'],
} as const;

/** Name of a list of operations, such as `UnaryOp`. */
export type OperationSet = keyof typeof operations;
/** The literals of one list of operations. */
export type Operation<S extends OperationSet> = (typeof operations)[S][number];
