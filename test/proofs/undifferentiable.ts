/** Exported functions whose results have no gradient, or that are no functions of tensors. */
export const undifferentiable: ReadonlySet<string> = new Set([
  // comparisons and tests: uint8; places: int32
  ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'logicalAnd', 'logicalOr', 'logicalXor', 'logicalNot', 'isNaN', 'isFinite', 'any', 'all', 'argmax', 'argmin', 'oneHot'],
  // creation
  ...['tensor', 'zeros', 'ones', 'full', 'zerosLike', 'onesLike', 'fullLike', 'arange', 'linspace', 'eye', 'rand', 'randn', 'randint', 'randperm', 'randLike', 'randnLike'],
  // values as JavaScript numbers
  ...['item', 'toArray', 'toTypedArray'],
  // autograd itself
  ...['backward', 'grad', 'gradcheck', 'gradgradcheck', 'customFunction', 'apply', 'defineFunction', 'plain', 'plainOutput'],
  ...['noGrad', 'enableGrad', 'inferenceMode', 'detectAnomaly', 'isGradEnabled', 'isAnomalyEnabled', 'tensorsIn'],
  // memory and kernels
  ...['arenaUsage', 'memoryBudget', 'setMemoryBudget', 'lend', 'readable', 'writable', 'updatable', 'settle', 'stagingMark', 'kernelVariant'],
  // shapes, dtypes, random numbers
  ...['isFloat', 'along', 'reducedShape', 'resolveDim', 'resolveDims', 'broadcastShapes', 'requireSameFloat', 'contiguousStrides', 'printShape', 'sameShape', 'sizeOf'],
  ...['defaultGenerator', 'manualSeed', 'seed'],
]);
