export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { Optimizer } from './optimizer.ts';
export type { GroupSpec, NamedParameter, ParameterGroup, ParameterSource } from './parameter_group.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export type { OptimizerState, SavedGroup, SavedParameter } from './state_dict.ts';
export type { ParameterState, UpdateRule } from './update_rule.ts';
