import { Tensor } from '../autograd/graph.ts';

/**
 * Gives the Tensor class methods that are defined above it: a file of methods declares their types by merging into the class's
 * interface, and attaches the functions here. So operations can import the class, and the class has them as methods, with no circle.
 */
export function attach<Name extends keyof Tensor>(methods: { readonly [N in Name]: Tensor[N] } & ThisType<Tensor>): void {
  for (const [name, method] of Object.entries(methods)) {
    Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true, enumerable: false });
  }
}
