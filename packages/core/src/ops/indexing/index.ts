export { gather, scatterAdd } from './gather.ts';
export { indexAdd, indexSelect } from './index_select.ts';
export { maskedSelect } from './masked_select.ts';
export { type OneHotOptions, oneHot } from './one_hot.ts';
